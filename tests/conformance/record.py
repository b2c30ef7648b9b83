"""Write what the engine of this computer answers to `recorded/`. `python tests/conformance/record.py [scenario ...]`

Only a real engine is worth recording: the simulated one is compared with what is recorded.
"""

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.scenario_player import RECORDINGS, Company, Recording, command_version
from support.scenarios import SCENARIOS


def main(names: list[str]) -> int:
    """Record those scenarios again, or all; return how many failed, the exit status."""
    failed = 0
    with Company("record") as company:
        recording = Recording(company.version(), command_version(), {})
        path = RECORDINGS / recording.file_name
        facts = Recording.read(path).scenarios if names and path.exists() else {}
        for name, future in company.play(names or SCENARIOS).items():
            if error := future.exception():
                failed += 1
                print(f"{name} failed: {error!r}", flush=True)
            else:
                facts[name] = future.result()
                print(f"{name}: {len(facts[name])} facts, {company.took[name]:.1f} s", flush=True)
    replace(recording, scenarios=facts).write(RECORDINGS)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
