"""cmake --install gives a program that runs and a package that another project finds, links and moves."""
import pathlib
import sys
import tempfile

from installation import SOURCE, check_contents, check_examples, compile_by_pkg_config, headers, install, run, write_examples

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    prefix, build, sources = install(folder), folder / "build", folder / "sources"
    check_contents(prefix)

    sources.mkdir()
    write_examples(sources)
    (sources / "consumer.cpp").write_text((SOURCE / "tests/package/consumer.cpp").read_text())
    (sources / "headers.cpp").write_text("".join("#include <%s>\n" % header for header in headers(prefix)))
    run("cmake", "-S", SOURCE / "tests/package", "-B", build, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=%s" % prefix,
        "-DCMAKE_BUILD_TYPE=Debug", "-DSOURCES=%s" % sources)
    run("cmake", "--build", build)
    run(build / "consumer")
    check_examples(prefix, build)

    compile_by_pkg_config(prefix, "-I", SOURCE / "tests/package/own", sources / "consumer.cpp", "-o", sources / "consumer")
    run(sources / "consumer")
    print("an installed package works")
sys.exit(0)
