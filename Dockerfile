# The course as an image. Exact versions are those of requirements/lab.lock; at run time nothing is fetched.
#
#   docker build -t swarmlab-class:0.1.0 .
# `swarmlab grade` uses it where the engine does not see this machine's files (Docker Desktop, an engine elsewhere).
#
#   docker build -t swarmlab-hub --build-arg BASE=python:3.12-bookworm \
#     --build-arg HUB="jupyterhub==6.1.1 nbgitpuller==1.3.0" .
# JupyterHub starts it, a server for each student: docs/ways/jupyterhub.md. nbgitpuller needs the git that is in this BASE.
#
# BASE may be any image with Python 3.11 or newer, pip, sh and awk, such as one of jupyter/docker-stacks, which brings a
# jupyterhub of its own. CLI is where the docker command comes from; the course's nodes are of the same version.
ARG BASE=python:3.12-slim-bookworm
ARG CLI=docker:29-cli

# hadolint ignore=DL3006
FROM ${CLI} AS cli

# hadolint ignore=DL3006
FROM ${BASE}
# What a hub and Binder start; Binder also says who the user is.
ARG HUB="jupyterhub==6.1.1 notebook==7.6.5"
ARG NB_USER=jovyan
ARG NB_UID=1000
# An image of docker-stacks is a student's already.
USER 0
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

COPY --from=cli /usr/local/bin/docker /usr/local/bin/docker

# First what seldom changes. Each of these is an exact version: the lock has them all.
COPY requirements/lab.lock /tmp/lab.lock
# hadolint ignore=SC2086
RUN python3 -m pip install --no-deps -r /tmp/lab.lock \
    && if [ -n "$HUB" ]; then python3 -m pip install -c /tmp/lab.lock $HUB; fi

# The student, who may be there already, and the two users of grading (grading/container_files.py).
RUN if ! getent passwd "$NB_UID" >/dev/null; then useradd --create-home --uid "$NB_UID" --shell /bin/sh "$NB_USER"; fi \
    && useradd --no-create-home --uid 64001 --shell /bin/sh student \
    && useradd --no-create-home --uid 64002 --shell /bin/sh examiner

# The notebooks are in the package: the server makes a working copy in the home. No solutions: they are in the tests.
COPY pyproject.toml README.md GLOSSARY.md LICENSE LICENSE-CC-BY-4.0 /tmp/course/
COPY swarmkit_helpers /tmp/course/swarmkit_helpers
COPY swarm_simulator /tmp/course/swarm_simulator
COPY notebooks /tmp/course/notebooks
RUN python3 -m pip install --no-deps --no-build-isolation /tmp/course \
    && python3 -m swarmkit_helpers.cli.hub \
    && rm -r /tmp/course /tmp/lab.lock

LABEL org.opencontainers.image.title="Swarm practicum" \
      org.opencontainers.image.description="A real multi-node Docker Swarm in JupyterLab, section by section" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT AND CC-BY-4.0"

USER ${NB_UID}
ENV USER=${NB_USER} HOME=/home/${NB_USER}
WORKDIR ${HOME}
EXPOSE 8888
# A hub gives each server a path of its own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD python3 -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8888${JUPYTERHUB_SERVICE_PREFIX:-/}api')"
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser"]
