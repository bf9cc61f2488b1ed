"""Starts instances: image, environment, process, startup probe."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from localcloud.base.application import Application
from localcloud.base.ports import Ports, free_port
from localcloud.run import environment, images
from localcloud.run.forks import Forks
from localcloud.run.instance import Instance, Start
from localcloud.run.instance_registry import Identity, InstanceRegistry
from localcloud.run.journal import Journal, entry_of
from localcloud.run.services import Ingress, Service, Template


@dataclass(frozen=True)
class Launcher:
    """What all instances of a local cloud share."""

    home: Path
    ports: Ports
    ca_file: Path
    cache: Path
    register: InstanceRegistry
    forks: Forks
    journal: Journal
    application: Application

    async def launch(self, service: Service, revision: str, template: Template) -> Instance:
        """Return an instance of the revision that is ready to serve; raises ImageError, SecretError or NotReady."""
        image = await images.prepare(self.home, template.image, self.cache, self.application.requirements)
        identity = Identity(environment.new_key(), service.resource, revision, template.service_account)
        port, scratch = free_port(), self.home / "run" / "scratch" / identity.key
        machine = environment.of_machine(self.ports, self.ca_file)
        variables = {
            **environment.OF_IMAGE,
            **await asyncio.to_thread(environment.of_secrets, self.home, self.ports, template, time.time()),
            **environment.of_container(template, service.name, revision, port),
            **machine,
            **environment.of_instance(self.ports, identity.key, scratch),
        }
        background = service.ingress is Ingress.INTERNAL_ONLY
        shared = {**environment.OF_IMAGE, **machine}
        start = Start(identity, image, self.application.target, variables, shared, port, scratch, background)

        def printed(line: str) -> None:
            self.journal.add("log", service.name, entry_of(line))

        instance = await Instance.begin(start, self.forks, self.register, printed)
        try:
            await instance.ready(template.startup)
        except BaseException:
            await instance.stop()
            raise
        return instance
