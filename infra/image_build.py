"""From the uploaded source to an image that can be deployed by digest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.image import Image
from infra.image_source import ImageSource, read
from infra.loading.sdk import gcp
from infra.pause import ROLES, Pause
from infra.project import Project
from infra.resource_names import BUILDER, IMAGE, REPOSITORY
from infra.service_accounts import ServiceAccounts

APIS = (
    *("artifactregistry.googleapis.com", "cloudbuild.googleapis.com", "storage.googleapis.com"),
    "containeranalysis.googleapis.com",  # keeps the provenance of images
)
KEPT_IMAGES = 10
DAYS_KEPT = 30


@dataclass(frozen=True)
class ImageBuildConfig:
    """What to build. `bucket` is the name of the bucket for sources, unique among all buckets of the world."""

    region: str
    bucket: str
    source: ImageSource

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]", self.bucket):
            raise ValueError(f"bucket {self.bucket}: 3 to 63 lower-case letters, digits, - and _")

    @classmethod
    def of(cls, spec: Spec, root: Path) -> Self:
        """Return the build of the handlers below `root`; raises ValueError when their source is incomplete."""
        return cls(spec.google.region, bucket=f"{spec.google.project}-source", source=read(root))


class ImageBuild(pulumi.ComponentResource):
    """Makes bucket and repository, uploads the source and builds the image by Cloud Build, as an account of our own.

    The object is named after the source's hash: same source, same object, no build. The builder reads this one bucket
    and writes this one repository. Images are deployed by digest, so a tag that moves changes nothing. `sources` is the
    bucket's name.
    """

    image: pulumi.Output[str]
    sources: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: ImageBuildConfig,
        project: Project,
        accounts: ServiceAccounts,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:Build", name, {}, opts)
        self._project = project
        self._enabled = project.enabled(*APIS)
        bucket = self._bucket(config)
        self.sources = bucket.name
        repository = self._repository(config)
        archive = gcp.storage.BucketObject(
            "source",
            name=f"{IMAGE}-{config.source.digest[:32]}.zip",
            bucket=bucket.name,
            source=config.source.archive(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        grants = self._grants(config, bucket, repository, accounts.member(BUILDER))
        granted = pulumi.ResourceOptions(parent=self, depends_on=[*grants, *accounts.grants])
        known = Pause("builder-roles", ROLES, [BUILDER], granted)
        built = Image(
            IMAGE,
            {
                "project": project.project_id,
                "bucket": bucket.name,
                "object": archive.name,
                "source_hash": config.source.digest,
                "target": pulumi.Output.format(
                    "{0}-docker.pkg.dev/{1}/{2}/{3}",
                    config.region,
                    project.project_id,
                    repository.repository_id,
                    IMAGE,
                ),
                "service_account": accounts.email(BUILDER),
            },
            pulumi.ResourceOptions(parent=self, depends_on=[archive, known]),
        )
        self.image = built.image
        self.register_outputs({"image": self.image})

    def _bucket(self, config: ImageBuildConfig) -> gcp.storage.Bucket:
        return gcp.storage.Bucket(
            config.bucket,
            name=config.bucket,
            project=self._project.project_id,
            location=config.region.upper(),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            force_destroy=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._enabled),
        )

    def _repository(self, config: ImageBuildConfig) -> gcp.artifactregistry.Repository:
        return gcp.artifactregistry.Repository(
            REPOSITORY,
            repository_id=REPOSITORY,
            project=self._project.project_id,
            location=config.region,
            format="DOCKER",
            cleanup_policies=[
                {
                    "id": "keep-newest",
                    "action": "KEEP",
                    "most_recent_versions": {"keep_count": KEPT_IMAGES},
                },
                {
                    "id": "delete-old",
                    "action": "DELETE",
                    "condition": {"older_than": f"{DAYS_KEPT * 86_400}s"},
                },
            ],
            cleanup_policy_dry_run=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._enabled),
        )

    def _grants(
        self,
        config: ImageBuildConfig,
        bucket: gcp.storage.Bucket,
        repository: gcp.artifactregistry.Repository,
        builder: pulumi.Output[str],
    ) -> list[pulumi.Resource]:
        return [
            gcp.storage.BucketIAMMember(
                f"{BUILDER}-reads-source",
                bucket=bucket.name,
                role="roles/storage.objectViewer",
                member=builder,
                opts=pulumi.ResourceOptions(parent=self),
            ),
            gcp.artifactregistry.RepositoryIamMember(
                f"{BUILDER}-writes-images",
                project=self._project.project_id,
                location=config.region,
                repository=repository.repository_id,
                role="roles/artifactregistry.writer",
                member=builder,
                opts=pulumi.ResourceOptions(parent=self),
            ),
        ]
