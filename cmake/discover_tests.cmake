# Writes what ctest is to run: a test for each doctest case of a program, its suite as label.
#   cmake -D PROGRAM=… -D OUTPUT=… -D TIMEOUT=… -P discover_tests.cmake
#
# doctest's own script starts the program once more for each case, to ask for its suite: a minute with the address sanitizer. And it
# takes a name with a semicolon for two, neither of which there is.
execute_process(COMMAND ${PROGRAM} --list-test-cases --reporters=xml OUTPUT_VARIABLE listed RESULT_VARIABLE result)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} --list-test-cases: ${result}\n${listed}")
endif()

# Lists in CMake: a semicolon in a name would end it, and brackets hold one together.
string(REPLACE ";" "<semicolon>" listed "${listed}")
string(REPLACE "[" "<open>" listed "${listed}")
string(REPLACE "]" "<close>" listed "${listed}")
string(REGEX MATCHALL "<TestCase [^\n]*" cases "${listed}")
set(script "")
set(count 0)
foreach(case IN LISTS cases)
    if(NOT case MATCHES "name=\"([^\"]*)\"")
        message(FATAL_ERROR "no name in ${case}")
    endif()
    set(name "${CMAKE_MATCH_1}")
    set(suite "")
    if(case MATCHES " testsuite=\"([^\"]*)\"")
        set(suite "${CMAKE_MATCH_1}")
    endif()
    foreach(written "<semicolon>:;" "<open>:[" "<close>:]" "&quot;:\"" "&lt;:<" "&gt;:>" "&amp;:&")
        string(REGEX MATCH "^([^:]*):(.*)$" pair "${written}")
        string(REPLACE "${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}" name "${name}")
    endforeach()
    # A comma separates names, unless it is escaped.
    string(REPLACE "," "\\," asked "${name}")
    # Where no case has the name that is asked for, doctest says that none has failed.
    string(APPEND script "add_test([==[${name}]==] [==[${PROGRAM}]==] [==[--test-case=${asked}]==])\n"
        "set_tests_properties([==[${name}]==] PROPERTIES TIMEOUT ${TIMEOUT} LABELS \"${suite}\""
        " FAIL_REGULAR_EXPRESSION \"test cases: +0 \")\n")
    math(EXPR count "${count} + 1")
endforeach()
if(count EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} has no tests")
endif()
file(WRITE "${OUTPUT}" "${script}")
