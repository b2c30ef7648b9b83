# The course as an image. Exact versions are those of requirements/lab.lock; at run time nothing is fetched.
#
# For `swarmlab grade`, where the engine does not see this machine's files (Docker Desktop, an engine elsewhere):
#   docker build -t swarmlab-class:0.1.0 .
# For JupyterHub, a server for each student (docs/ways/jupyterhub.md says how it goes on):
#   docker build -t swarmlab-hub --build-arg BASE=python:3.12-bookworm \
#     --build-arg HUB="jupyterhub==6.1.1 nbgitpuller==1.3.0" .
#
# BASE may be any image with Python 3.11 or newer, pip, sh and awk, such as one of jupyter/docker-stacks, which brings a
# jupyterhub of its own. CLI is where the docker command comes from; the course's nodes are of the same version.
ARG BASE=python:3.12-slim-bookworm
ARG CLI=docker:29-cli

# hadolint ignore=DL3006
FROM ${CLI} AS cli

# hadolint ignore=DL3006
FROM ${BASE}
ARG HUB=""
# An image of docker-stacks is a student's already.
USER 0
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

COPY --from=cli /usr/local/bin/docker /usr/local/bin/docker

# First what seldom changes. Each of these is an exact version: the lock has them all.
COPY requirements/lab.lock /tmp/lab.lock
RUN python3 -m pip install --no-deps -r /tmp/lab.lock

COPY pyproject.toml README.md GLOSSARY.md LICENSE LICENSE-CC-BY-4.0 /tmp/course/
COPY swarmkit_helpers /tmp/course/swarmkit_helpers
COPY swarm_simulator /tmp/course/swarm_simulator
COPY notebooks /tmp/course/notebooks
# hadolint ignore=DL3013,SC2086
RUN python3 -m pip install --no-deps --no-build-isolation /tmp/course \
    && if [ -n "$HUB" ]; then python3 -m pip install -c /tmp/lab.lock $HUB; fi \
    && rm -r /tmp/course /tmp/lab.lock

# The student of a JupyterHub, who may be there already, and the two users of grading (grading/container_files.py).
RUN if ! getent passwd 1000 >/dev/null; then useradd --create-home --uid 1000 --shell /bin/sh jovyan; fi \
    && useradd --no-create-home --uid 64001 --shell /bin/sh student \
    && useradd --no-create-home --uid 64002 --shell /bin/sh examiner

# Without the solutions, which are among the tests.
COPY --chown=1000 notebooks /home/jovyan/notebooks

USER 1000
WORKDIR /home/jovyan
EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser"]
