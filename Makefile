# make: the release build in build/. Everything else is ./check and ./quickstart.
.PHONY: all deps clean

all:
	@test -f build/build.ninja || meson setup build -Dtests=false >build.log 2>&1 || { cat build.log; exit 1; }
	@rm -f build.log
	ninja -C build
	@ln -sf src/main/sekishod build/sekishod
	@ln -sf src/main/sekisho build/sekisho
	@ln -sf src/main/sekisho-lac build/sekisho-lac
	@ln -sf src/main/vpncmd build/vpncmd

# What the build and the server need (Debian 12), as root.
deps:
	packaging/deps build run

clean:
	rm -rf build
