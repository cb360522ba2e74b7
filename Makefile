UV := /work/tools/bin/uv
