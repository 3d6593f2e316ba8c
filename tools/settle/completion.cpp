#include <fmt/format.h>

#include <utility>

#include "core/error.hpp"
#include "sim/exports/export.hpp"
#include "sim/scenario/keys.hpp"
#include "sim/scenarios/builtin.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

namespace {

constexpr const char* commands =
    "run sweep search merge compare report export list describe keys metrics data completion";
constexpr const char* run_options = "--set --out --engine --threads --seed --resume --dry-run --json --quiet --help";

std::string scenario_names() {
    std::string names;
    for (const BuiltinScenario& scenario : builtin_scenarios())
        names += (names.empty() ? "" : " ") + std::string(scenario.name);
    return names;
}

std::string assignments() {
    std::string names;
    for (const std::string& name : key_names()) names += (names.empty() ? "" : " ") + name + "=";
    return names;
}

std::string bash_script() {
    const std::string script = R"bash(# settle completion for bash: eval "$(settle completion bash)"
_settle() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    case $before in
        --set) compopt -o nospace; COMPREPLY=($(compgen -W "@KEYS@" -- "$word")); return ;;
        --out) COMPREPLY=($(compgen -d -- "$word")); return ;;
        --engine) COMPREPLY=($(compgen -W "lockstep virtual free" -- "$word")); return ;;
        completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")); return ;;
        data) COMPREPLY=($(compgen -W "list check fetch" -- "$word")); return ;;
        check|fetch) COMPREPLY=($(compgen -W "mnist fashion-mnist" -- "$word")); return ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "@COMMANDS@" -- "$word"))
    elif [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "@OPTIONS@" -- "$word"))
    elif [[ ${COMP_WORDS[1]} == report || ${COMP_WORDS[1]} == compare || ${COMP_WORDS[1]} == export ]]; then
        COMPREPLY=($(compgen -d -- "$word"))
    else
        COMPREPLY=($(compgen -W "@SCENARIOS@" -- "$word") $(compgen -f -X '!*.toml' -- "$word"))
    fi
}
complete -F _settle settle
)bash";
    std::string text = script;
    for (const auto& [mark, content] : {std::pair<std::string, std::string>{"@KEYS@", assignments()},
                                        {"@COMMANDS@", commands},
                                        {"@OPTIONS@", run_options},
                                        {"@SCENARIOS@", scenario_names()}}) {
        text.replace(text.find(mark), mark.size(), content);
    }
    return text;
}

std::string zsh_script() {
    return "# settle completion for zsh: eval \"$(settle completion zsh)\"\nautoload -U +X bashcompinit && "
           "bashcompinit\n" +
           bash_script();
}

std::string fish_script() {
    std::string text = "# settle completion for fish: settle completion fish | source\ncomplete -c settle -f\n";
    const auto add = [&](const char* seen, const std::string& what) {
        text += fmt::format("complete -c settle -n '__fish_seen_subcommand_from {}' {}\n", seen, what);
    };
    const char* runs = "run sweep search";
    const char* loads = "run sweep search describe";
    text += fmt::format("complete -c settle -n __fish_use_subcommand -a '{}'\n", commands);
    add(loads, fmt::format("-a '{} (__fish_complete_suffix .toml)'", scenario_names()));
    add(loads, fmt::format("-l set -x -a '{}'", assignments()));
    add(runs, "-l out -x -a '(__fish_complete_directories)'");
    add(loads, "-l engine -x -a 'lockstep virtual free'");
    for (const char* option : {"threads", "seed"}) add(loads, fmt::format("-l {} -x", option));
    for (const char* option : {"resume", "dry-run", "json", "quiet"}) add(runs, fmt::format("-l {}", option));
    add("compare report export", "-a '(__fish_complete_directories)'");
    add("report", "-l out -x -a '(__fish_complete_directories)'");
    add("report", "-l quiet");
    add("report", "-l format -x -a 'svg pdf png'");
    add("report", "-l font -x");
    add("report", "-l width -x");
    add("export", fmt::format("-l format -x -a '{}'", fmt::join(export_format_names(), " ")));
    for (const char* option : {"minibatch", "presentation", "neurons"}) add("export", fmt::format("-l {} -x", option));
    add("export", "-l branch -x -a 'main free minus'");
    add("export", "-l out -r");
    add("export", "-l quiet");
    add("data", "-a 'list check fetch mnist fashion-mnist'");
    add("completion", "-a 'bash zsh fish'");
    return text;
}

}  // namespace

int completion_command(const std::string& shell) {
    if (shell == "bash") {
        fmt::print("{}", bash_script());
    } else if (shell == "zsh") {
        fmt::print("{}", zsh_script());
    } else if (shell == "fish") {
        fmt::print("{}", fish_script());
    } else {
        Problem problem;
        problem.place = "completion";
        problem.message = "there is no completion for " + shell;
        problem.expected = "bash, zsh or fish";
        problem.suggestion = nearest_name(shell, {"bash", "zsh", "fish"});
        throw Error(Blame::input, {problem});
    }
    return exit_good;
}

}  // namespace settle
