# syntax=docker/dockerfile:1
# One image for everything. By default it runs a worker; Flower and the command line are other commands.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv /opt/lessonhook
COPY . .
# Install the wheel, as users do, with the locked versions. The tools that build it stay in this stage.
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint constraints.txt hatchling \
    && hatchling build --target wheel --directory /wheel \
    && /opt/lessonhook/bin/pip install --constraint constraints.txt "$(echo /wheel/*.whl)[console,encryption]"

FROM python:3.13-slim
# The group too has this number, because the Kubernetes manifests run the worker with it.
RUN groupadd --system --gid 10001 lessonhook \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent lessonhook
COPY --from=build /opt/lessonhook /opt/lessonhook
ENV PATH=/opt/lessonhook/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
CMD ["celery", "--app", "lessonhook.worker", "worker"]
