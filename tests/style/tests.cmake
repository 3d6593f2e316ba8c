settle_script_test(style style/style.py LABELS slow)
settle_script_test(style-self-test style/style.py LABELS slow ARGUMENTS --self-test)
settle_script_test(one-definition style/one_definition.py LABELS slow ARGUMENTS ${CMAKE_BINARY_DIR})
if(NOT SETTLE_SANITIZE AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    settle_script_test(kernels-without-string-instructions style/kernels.py LABELS slow
        ARGUMENTS ${CMAKE_BINARY_DIR}/CMakeFiles/settle_models.dir/models ${CMAKE_CURRENT_SOURCE_DIR}/models)
endif()
