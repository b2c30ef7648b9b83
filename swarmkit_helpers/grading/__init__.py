"""Grading a class: students' notebooks in, grades and feedback out, without handing this computer to their code.

    submissions, graft      what was handed in, and the pristine notebook with its answers
    run, report             a whole class, on one computer or many; what the teacher and the students read
    isolate                 the two containers of an examination
    examine, kernel         in the one: papermill, cell by cell, and the way to the kernel in the other
    witness                 what really became of the swarm: nothing that the kernel says is believed
    door, rules             the only way from the kernel to its swarm, and what may pass

SECURITY.md has the threat model.
"""
