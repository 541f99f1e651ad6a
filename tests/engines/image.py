"""Images for the tests, made from Debian's busybox-static: no registry is asked for anything. The one
archive is both an OCI image layout and what `docker save` writes, so that every engine can load it."""

import hashlib
import io
import json
import os
import tarfile

from lib import rootfs

NAME = "localhost/capbox-test"
REFERENCE = NAME + ":1"
PAUSE = "localhost/capbox-pause:1"
PAUSE_SCRIPT = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait; done"


def _layer(path):
    """Writes the root filesystem as a layer; returns its digest."""
    def plain(info):
        info.uid = info.gid = info.mtime = 0
        info.uname = info.gname = ""
        return info
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        tar.add(rootfs.busybox(), ".", filter=plain)
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def archive(path, reference=REFERENCE, command=("/bin/sh",)):
    """Writes an image archive; returns the path."""
    digest = _layer(path + ".layer")
    config = json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Env": ["PATH=/usr/bin:/bin", "GREETING=from the image"], "Cmd": list(command),
                   "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]},
        "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "busybox"}],
        "created": "2024-01-01T00:00:00Z",
    }).encode()
    size = os.path.getsize(path + ".layer")
    config_digest = hashlib.sha256(config).hexdigest()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": len(config),
                   "digest": "sha256:" + config_digest},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": size,
                    "digest": "sha256:" + digest}],
    }).encode()
    manifest_digest = hashlib.sha256(manifest).hexdigest()
    index = json.dumps({
        "schemaVersion": 2,
        "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
                       "size": len(manifest), "digest": "sha256:" + manifest_digest,
                       "annotations": {"io.containerd.image.name": reference,
                                       "org.opencontainers.image.ref.name": reference}}],
    }).encode()
    blob = "blobs/sha256/"
    docker = json.dumps([{"Config": blob + config_digest, "RepoTags": [reference],
                          "Layers": [blob + digest]}]).encode()
    with tarfile.open(path, "w") as tar:
        _add(tar, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        _add(tar, "index.json", index)
        _add(tar, "manifest.json", docker)
        _add(tar, blob + manifest_digest, manifest)
        _add(tar, blob + config_digest, config)
        tar.add(path + ".layer", blob + digest)
    os.unlink(path + ".layer")
    return path
