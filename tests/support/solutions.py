"""The solutions of each section: for each cell that waits for the student, its source.

The notebooks come with `...` in these cells. The numbers hold for whatever parameters a section is run with, and
for the student id "" (others have numbers of their own).
"""

SOLUTIONS: dict[str, dict[str, str]] = {
    "00-start": {
        "predict-machines": 'section.predict("machines", nodes)',
    },
    "01-orchestration": {
        "predict-after-kill": 'section.predict("after-kill", 0)',
        "predict-elsewhere": 'section.predict("elsewhere", 0)',
        "predict-replaced": 'section.predict("replaced", nodes)',
        "predict-answers": 'section.predict("answers", 2)',
        "answer-mine": 'swarm.create_service("mine", image=image, command="sleep infinity", replicas=3)\n'
        'swarm.converge("mine")',
        "answer-crash": 'node = swarm.tasks("mine")[0].node\n'
        'cluster.sh(node, "docker kill $(docker ps --quiet --filter name=mine); sleep 2")\n'
        'swarm.converge("mine")',
    },
    "02-configure-swarm": {
        "predict-nodes-before": 'section.predict("nodes-before", 0)',
        "predict-nodes-after": 'section.predict("nodes-after", 1)',
        "predict-joined-role": 'section.predict("joined-role", "worker")',
        "predict-worker-answers": 'section.predict("worker-answers", "no")',
        "answer-bring-back": "cluster.join_swarm(lost)\nswarm.wait_for_node(lost)",
        "answer-forget": "for node in swarm.nodes():\n"
        '    if node.name == lost and node.state == "down":\n'
        "        swarm.remove_node(node.id)",
    },
    "03-deploy": {
        "predict-nodes-used": 'section.predict("nodes-used", 1)',
        "predict-slot-after": 'section.predict("slot-after", 1)',
        "predict-rows": 'section.predict("rows", 2)',
        "predict-unplaced": 'section.predict("unplaced", "pending")',
        "answer-pinned": 'swarm.create_service("pinned", image=image, command="sleep infinity", replicas=2,\n'
        '                     constraints=["node.hostname==node2"])\n'
        'swarm.converge("pinned")',
        "answer-repair": '%node node1 docker service update --detach --args "infinity" --entrypoint sleep broken\n'
        'swarm.converge("broken")',
    },
    "04-scale": {
        "predict-spread": 'section.predict("spread", -(-replicas // nodes))',
        "predict-restarted": 'section.predict("restarted", "no")',
        "predict-emptiest": 'section.predict("emptiest", replicas_down // nodes)',
        "predict-newcomer": 'section.predict("newcomer", 0)',
        "answer-own-number": 'swarm.scale("sleep-app", 9)\nswarm.converge("sleep-app")',
        "answer-even": 'swarm.scale("sleep-app", 3 * (nodes + 1))\nswarm.converge("sleep-app")',
        "answer-fullest": 'swarm.scale("sleep-app", 3 * (nodes + 1) + 1)\nswarm.converge("sleep-app")',
    },
    "05-drain": {
        "predict-left": 'section.predict("left", 0)',
        "predict-seconds": 'section.predict("seconds", "10")',
        "predict-after-activate": 'section.predict("after-activate", 0)',
        "predict-paused": 'section.predict("paused", "no")',
        "predict-after-kill": 'section.predict("after-kill", replicas_down)',
        "answer-bring-tasks-back": 'swarm.scale("sleep-app", replicas)\nswarm.converge("sleep-app")',
        "answer-maintenance": 'swarm.scale("sleep-app", replicas_down)\nswarm.converge("sleep-app")\n'
        'swarm.pause("node3")\nswarm.scale("sleep-app", replicas)\nswarm.converge("sleep-app")',
    },
    "06-clean-up": {
        "predict-leftover": 'section.predict("leftover", 1)',
        "predict-manager-leaves": 'section.predict("manager-leaves", "no")',
        "predict-still-there": 'section.predict("still-there", 1)',
        "answer-empty": "%node node1 docker rm leftover",
    },
}
