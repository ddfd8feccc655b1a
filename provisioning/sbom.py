#!/usr/bin/env python3
"""Prints a software bill of materials (CycloneDX 1.5, JSON): every crate that the kiosk's
programs are built from, with version, licence, source and checksum, as Cargo.lock and
`cargo metadata` tell, and every model of the manifest.

    sbom.py VERSION SECONDS-SINCE-1970
"""

import datetime
import json
import subprocess
import sys
import uuid

try:
    import tomllib
except ImportError:  # before Python 3.11 pip has one
    from pip._vendor import tomli as tomllib


def main(version: str, seconds: str) -> None:
    asked = ["cargo", "metadata", "--format-version=1", "--locked", "--all-features"]
    told = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)
    with open("Cargo.lock", "rb") as file:
        locked = {(it["name"], it["version"]): it for it in tomllib.load(file)["package"]}
    needed = reachable(told)
    packages = [it for it in told["packages"] if it["id"] in needed]
    components = [crate(it, locked) for it in packages if it["source"]]
    own = [it for it in packages if not it["source"]]
    nodes = {it["id"]: it for it in told["resolve"]["nodes"]}
    names = {it["id"]: reference(it) for it in packages}
    dependencies = [
        {"ref": names[id], "dependsOn": sorted(names[on] for on in runtime(nodes[id]) if on in names)}
        for id in sorted(needed, key=names.get)
    ]
    print(json.dumps({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        # The same commit has the same bill.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'minohealth-kiosk/{version}/{seconds}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "name": "minohealth-kiosk", "version": version,
                          "bom-ref": "minohealth-kiosk"},
        },
        "components": sorted(components + [crate(it, locked) for it in own] + models(),
                             key=lambda it: it["bom-ref"]),
        "dependencies": [{"ref": "minohealth-kiosk", "dependsOn": sorted(names[it["id"]] for it in own)}] + dependencies,
    }, indent=1))


def runtime(node: dict) -> list[str]:
    """What a crate is built with or from; not what only its tests use."""
    return [it["pkg"] for it in node["deps"] if any(kind["kind"] != "dev" for kind in it["dep_kinds"])]


def reachable(told: dict) -> set[str]:
    nodes = {it["id"]: it for it in told["resolve"]["nodes"]}
    found, waiting = set(), list(told["workspace_members"])
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting.extend(runtime(nodes[id]))
    return found


def reference(package: dict) -> str:
    return f"pkg:cargo/{package['name']}@{package['version']}"


def crate(package: dict, locked: dict) -> dict:
    component = {
        "type": "library",
        "name": package["name"],
        "version": package["version"],
        "bom-ref": reference(package),
        "purl": reference(package),
    }
    if package.get("license"):
        component["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    checksum = locked[package["name"], package["version"]].get("checksum")
    if checksum:
        component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return component


def models() -> list[dict]:
    with open("models/manifest.toml", "rb") as file:
        manifest = tomllib.load(file)
    return [
        {
            "type": "machine-learning-model" if model["use"] != "runtime" else "library",
            "name": file["file"],
            "version": file["sha256"][:12],
            "bom-ref": f"model:{model['name']}:{file['file']}:{file.get('arch', 'any')}",
            "description": model["about"],
            "licenses": [{"expression": model["licence"]}],
            "hashes": [{"alg": "SHA-256", "content": file["sha256"]}],
        }
        for model in manifest["model"]
        for file in model["file"]
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
