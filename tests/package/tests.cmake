# The package as others use it. With sanitizers it could not be linked without them.
if(NOT SETTLE_SANITIZE)
    settle_script_test(library-examples package/examples.py LABELS slow)
    settle_script_test(package package/package.py LABELS full slow TIMEOUT 600)
    # Both write the headers that are installed into the build folder first.
    set_tests_properties(library-examples package PROPERTIES RESOURCE_LOCK headers)
endif()
