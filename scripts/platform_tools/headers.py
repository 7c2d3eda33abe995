"""Which NumPy headers a module was compiled with, asked of abi_db: by struct sizes, by the API version, by texts.

A setting is (minor, target, C or C++, with or without NPY_NO_DEPRECATED_API): all that decides a size, but for the
data model. Sizes on two platforms are of the same headers when one setting gives both.
"""
import functools
import itertools
import json
import re

from .wheels import platform_of

DIALECTS = list(itertools.product((False, True), repeat=2))  # (C++, NPY_NO_DEPRECATED_API)

INSTALLABLE = {"macos_arm64": {"macos_arm64", "macos_universal2"}, "macos_x86_64": {"macos_x86_64", "macos_universal2", "macos_intel"},
               "macos_universal2": {"macos_x86_64", "macos_arm64", "macos_universal2"}, "macos_intel": {"macos_x86_64", "macos_intel"}}


def number(text):
    return int(text, 16)


def key_of(minor):
    return tuple(map(int, minor.split(".")))


class Headers:
    def __init__(self, folder):
        minors = [json.loads(path.read_text()) for path in folder.glob("numpy-*.json")]
        self.minors = {entry["minor"]: entry for entry in sorted(minors, key=lambda entry: key_of(entry["minor"]))}
        self.forms = self._forms()

    # Sizes

    def targets(self, minor):
        """The API versions that modules compiled with these headers can have."""
        entry = self.minors[minor]
        default = number(entry["default_target"])
        if not entry["target_policy"]["honoured"]:
            return {default}
        return {default, *map(number, entry["target_macros"].values())} - set(range(number(entry["target_policy"]["lowest"])))

    @functools.cached_property
    def settings(self):
        return [(minor, target, *dialect) for minor in self.minors for target in sorted(self.targets(minor)) for dialect in DIALECTS]

    def size(self, kind, model, setting):
        """None when there is no such type, or nothing is known of this data model."""
        minor, target, cpp, no_deprecated_api = setting
        sizes = self.minors[minor]["compiled_sizes"]
        # What is declared in Cython only (numpy.random) has the size that the installed NumPy has.
        found = self.minors[minor]["runtime_sizes"].get(kind, {}).get(model) if kind not in sizes["c"] else None
        for group, holds in (("c", True), ("c++", cpp), ("no_deprecated_api", no_deprecated_api)):
            steps = sizes.get(group, {}).get(kind, {}).get(model, {}) if holds else {}
            reached = [step for step in steps if number(step) <= target]
            found = steps[max(reached, key=number)] if reached else found
        return found

    @functools.cache
    def knows(self, kind, model):
        return any(self.size(kind, model, setting) is not None for setting in self.settings)

    @functools.cache
    def settings_of_size(self, kind, model, size):
        return {setting for setting in self.settings if self.size(kind, model, setting) == size}

    def settings_of_module(self, api_versions, sizes, model):
        """The settings that give the API version and all sizes of NumPy's types at once."""
        found = {setting for setting in self.settings if not api_versions or setting[1] in api_versions}
        for kind, size in sizes:
            if self.knows(kind, model):
                found &= self.settings_of_size(kind, model, size)
        return found

    def running(self, kind, model, minor):
        return self.minors.get(minor, {}).get("runtime_sizes", {}).get(kind, {}).get(model)

    # Texts of _import_array()

    def _forms(self):
        """Each form that _import_array() ever had, as (text of the API message, path, whether it tells of a missing
        attribute), with the minors that have it."""
        forms = {}
        for minor, entry in self.minors.items():
            overrides = [release.get("overrides", {}).get("import_array", {}) for release in entry["releases"]]
            for code in ({**entry["import_array"], **override} for override in overrides):
                texts = [message["text"] for message in code["messages"]]
                api_message = next(text for text in texts if "API version" in text)
                forms.setdefault((api_message, code["paths"][0], "_ARRAY_API not found" in texts), set()).add(minor)
        return forms

    def told_by_texts(self, content):
        """The headers whose _import_array() has the texts in these bytes, as (minors, API versions); None when there are none."""
        minors, apis = set(), set()
        not_found = b"_ARRAY_API not found\0" in content
        for (message, path, tells_of_missing), having in self.forms.items():
            pattern = re.escape(message.encode()).replace(rb"\{target\}", rb"(?P<target>[0-9.]+)") + rb"\0"
            found = re.search(pattern, content) if tells_of_missing == not_found and path.encode() + b"\0" in content else None
            if found is None:
                continue
            named = found.groupdict().get("target", b"").decode()
            for minor in having:
                names = self.minors[minor]["api_names"]
                fitting = {api for api in self.targets(minor) if not named or names[f"0x{api:08x}"] == named}
                minors |= {minor} if fitting else set()
                apis |= fitting
        return (minors, apis) if minors else None

    # Wheels of NumPy

    def has_wheel(self, minor, python, platform):
        for release in self.minors[minor]["releases"]:
            if INSTALLABLE.get(platform, {platform}) & {platform_of(tag) for tag in release["wheels"].get(python, [])}:
                return True
        return False
