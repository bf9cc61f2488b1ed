"""A project with a bucket on Google Cloud, and a domain on Cloudflare that names the project's number."""

import pulumi
import pulumi_cloudflare as cloudflare
import pulumi_gcp as gcp

project = gcp.organizations.Project(
    "project",
    project_id="example-app",
    name="example",
    billing_account="000000-000000-000000",
    deletion_policy="DELETE",
)
storage = gcp.projects.Service("storage", project=project.project_id, service="storage.googleapis.com")
bucket = gcp.storage.Bucket(
    "files", project=project.project_id, location="EU", opts=pulumi.ResourceOptions(depends_on=[storage])
)
zone = cloudflare.Zone("zone", name="example.test", account={"id": "a" * 32})
cloudflare.DnsRecord("number", zone_id=zone.id, name="number.example.test", type="TXT", content=project.number, ttl=300)
pulumi.export("bucket", bucket.url)
pulumi.export("name_servers", zone.name_servers)
