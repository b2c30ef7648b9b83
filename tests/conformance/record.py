"""Write recorded.json: what the engine of this computer answers. `python tests/conformance/record.py [scenario ...]`

Only a real engine is worth recording: the simulated one is compared with what is recorded.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.scenario_player import RECORDED, Company
from support.scenarios import SCENARIOS


def main(names: list[str]) -> int:
    """Record those scenarios again, or all; return how many failed, the exit status."""
    old = json.loads(RECORDED.read_text(encoding="utf-8"))["scenarios"] if names else {}
    failed = 0
    with Company("record") as company:
        for name, future in company.play(names or SCENARIOS).items():
            if error := future.exception():
                failed += 1
                print(f"{name} failed: {error!r}", flush=True)
            else:
                old[name] = future.result()
                print(f"{name}: {len(old[name])} facts, {company.took[name]:.1f} s", flush=True)
        engine = company.version()
    scenarios = {name: old[name] for name in SCENARIOS if name in old}
    text = json.dumps({"engine": engine, "scenarios": scenarios}, indent=1, ensure_ascii=False)
    RECORDED.write_text(text + "\n", encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
