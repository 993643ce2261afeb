# A server of pictures: ganstudio with onnxruntime on the CPU, without torch. docs/serve-deploy.md says how to run it.
#
#     docker build --tag ganstudio .
ARG PYTHON=3.11
FROM python:${PYTHON}-slim AS build
COPY . /source
RUN /source/deploy/install.sh /opt/ganstudio

FROM python:${PYTHON}-slim
COPY --from=build /opt/ganstudio /opt/ganstudio
ENV PATH=/opt/ganstudio/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    GANSTUDIO_WORKSPACE=/workspace \
    GANSTUDIO_DATA=/tmp/ganstudio/data \
    GANSTUDIO_STATE=/tmp/ganstudio/state
# Nothing but /tmp is written to: the root may be read-only, and exports are mounted at /workspace/exports.
WORKDIR /workspace
# A user without a name or a home, who owns no file.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["/opt/ganstudio/bin/python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('GANSTUDIO_SERVE_PORT', 8000)}/healthz\", timeout=4)"]
ENTRYPOINT ["ganstudio"]
# Without a token file it refuses to start, and says so.
CMD ["serve", "--host", "0.0.0.0"]
