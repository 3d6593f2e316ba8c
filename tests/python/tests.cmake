# The Python package, where it was built (tools/build python).
if(TARGET settle_python)
    settle_script_test(python python/run_pytest.py LABELS slow TIMEOUT 900)
    set_property(TEST python APPEND PROPERTY ENVIRONMENT "SETTLE_PYTHON_PACKAGE=${CMAKE_BINARY_DIR}/python")
    settle_script_test(python-installed python/installed.py LABELS full slow TIMEOUT 900)
    set_property(TEST python-installed PROPERTY RUN_SERIAL ON)
endif()
