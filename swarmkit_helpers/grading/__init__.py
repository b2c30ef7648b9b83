"""Grading a class: from students' notebooks to grades and feedback, without trusting their code.

    run, workers                   a whole class, on one computer or many; result_store keeps the results
    submissions                    who handed in what: files, layouts of platforms, the roster, identities
    graft, submitted_cells         the pristine notebook with a student's answers
    parameters, numbers            what of a student's own parameters and id counts
    exam                           what an examination is asked, and what it answers
    examination, leftovers         one examination: its two containers are made, run, read and removed
    containers, container_files    the two containers, their limits and their files; seccomp is their filter
    examiner, kernel               in one container: papermill, cell by cell, and the way to the kernel in the other
    observer                       the checks, made outside of the kernel, which is not believed
    proxy, proxy_rules             the only way from the kernel to its swarm, and the list of what may pass
    hand_ins, overrides, lateness  all weeks of a course, what the teacher decides, what being late costs
    report, html_pages             the tables and pages for the teacher and the students
    gradebook, feedback_zip        what a platform takes back: its own table, and a zip of the feedback
    student_edition, release       what students get; the same notebooks as a course of nbgrader
    evidence                       signed files of work that is not graded here

SECURITY.md has the threat model.
"""

from ..course import json_formats as json_formats  # before any module here imports nbformat
