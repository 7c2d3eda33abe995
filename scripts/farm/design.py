"""Which modules are built: the full product is far too large, so that a covering design and a random sample stand for it."""
import functools
import itertools
import random

from abi_db_proof.compiled import targets_of
from abi_db_proof.database import key

from . import machines
from .build import Config
from .sources import BY_NAME

LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")
MINORS = ("1.13", "1.19", "1.26", "2.0", "2.3", "2.5")  # one of each template that differs in code
EXTRAS = ((), ("-s",), ("-fvisibility=hidden",), ("-fno-plt",), ("-flto",), ("-flto", "-s"))


def possible(config):
    machine, source = machines.BY_NAME[config.machine], BY_NAME[config.source]
    if config.family not in machine.here() or not source.oldest <= key(config.minor) <= source.newest:
        return False
    if machine.bare and (source.cplusplus or config.extra not in ((), ("-fvisibility=hidden",))):
        return False
    # Before CPython 3.9 nothing said that init functions are visible; those of the farm's own sources always are.
    if "-fvisibility=hidden" in config.extra and source.generator != "c" and key(config.minor) < (1, 19):
        return False
    if "-fno-plt" in config.extra and machine.name not in ("x86_64", "aarch64"):
        return False
    # GNU's linker takes what gcc wrote alone; LLD is not there for it.
    if "-flto" in config.extra and (config.family == "clang" or machine.format != "elf"):
        return False
    return source.suits(machine, config.minor)


@functools.lru_cache(maxsize=None)
def targets(store, minor):
    """The texts of NPY_TARGET_VERSION: nothing, the lowest that is honoured, the headers' own."""
    return [text for text, _ in targets_of(store.database.facts(store.entries[minor]["version"]), quick=True)]


def covering(store, sources, chosen_machines, minors=MINORS, levels=("-O0", "-O2", "-Os")):
    """Every source with every minor on one machine, and every source on every machine at three levels."""
    if "x86_64" in chosen_machines:
        for source, minor in itertools.product(sources, store.minors()):
            yield Config(source, minor, "x86_64")
    of = lambda source: BY_NAME[source].minors or minors
    for machine, level, source in itertools.product(chosen_machines, levels, sources):
        families = machines.BY_NAME[machine].here()
        yield from (Config(source, minor, machine, family, level) for minor in of(source) for family in families[:1])
    # The second compiler, at the level that most users have.
    for machine, source in itertools.product(chosen_machines, sources):
        yield from (Config(source, minor, machine, family) for minor in of(source) for family in machines.BY_NAME[machine].here()[1:])


def everything(store, sources, chosen_machines):
    for machine in chosen_machines:
        families = machines.BY_NAME[machine].here()
        for source, minor, family, level, extra in itertools.product(sources, store.minors(), families, LEVELS, EXTRAS):
            yield from (Config(source, minor, machine, family, level, target, extra) for target in targets(store, minor))


def design(store, sources, chosen_machines, options):
    """Configurations in an order in which each is once."""
    chosen = list(everything(store, sources, chosen_machines) if options.full else () if options.only_sample else covering(store, sources, chosen_machines))
    if options.sample:
        product = [config for config in everything(store, sources, chosen_machines) if possible(config)]
        chosen += random.Random(options.seed).sample(product, min(options.sample, len(product)))
    return [config for config in dict.fromkeys(chosen) if possible(config)]
