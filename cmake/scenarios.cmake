# Writes the built-in scenarios as a C++ source.
#   cmake -D "SCENARIOS=a.toml;b.toml" -D OUTPUT=… -P scenarios.cmake
set(entries "")
set(names "")
foreach(path IN LISTS SCENARIOS)
    get_filename_component(name ${path} NAME_WE)
    list(APPEND names ${name})
    set(path_of_${name} ${path})
endforeach()
list(SORT names)
foreach(name IN LISTS names)
    set(path ${path_of_${name}})
    get_filename_component(name ${path} NAME_WE)
    file(READ ${path} text)
    string(APPEND entries "    {\"${name}\", R\"__toml__(${text})__toml__\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"sim/scenarios/builtin.hpp\"

namespace settle {

static const BuiltinScenario scenarios[] = {
${entries}};

std::span<const BuiltinScenario> builtin_scenarios() {
    return scenarios;
}

}  // namespace settle
")
