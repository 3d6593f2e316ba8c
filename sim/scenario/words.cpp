// The words that stand for choices in files and summaries.
#include "sim/scenario/words.hpp"

namespace settle {

const std::vector<Word<Task>> task_words = {
    {"train", Task::train}, {"infer", Task::infer}, {"converge", Task::converge}, {"stream", Task::stream}};
const std::vector<Word<EngineKind>> engine_words = {
    {"lockstep", EngineKind::lockstep}, {"virtual", EngineKind::virtual_time}, {"free", EngineKind::free_running}};
const std::vector<Word<NeuronKind>> kind_words = {{"binary", NeuronKind::binary},
                                                  {"continuous", NeuronKind::continuous}};
const std::vector<Word<Quantizer>> quantizer_words = [] {
    std::vector<Word<Quantizer>> words;
    for (const QuantizerRow& row : quantizer_table) words.emplace_back(row.word, row.quantizer);
    return words;
}();
const std::vector<Word<BetaSign>> beta_sign_words = {
    {"fixed", BetaSign::fixed}, {"random", BetaSign::random}, {"both", BetaSign::both}};
const std::vector<Word<UpdateForm>> update_words = {
    {"bidirectional", UpdateForm::bidirectional}, {"forward", UpdateForm::forward}, {"full", UpdateForm::full}};
const std::vector<Word<DataSet>> data_words = {
    {"digits", DataSet::digits}, {"mnist", DataSet::mnist}, {"fashion-mnist", DataSet::fashion_mnist},
    {"idx", DataSet::idx},       {"hdf5", DataSet::hdf5},   {"random", DataSet::random}};
const std::vector<Word<PhaseAlignment>> alignment_words = {{"aligned", PhaseAlignment::aligned},
                                                           {"random", PhaseAlignment::random}};
const std::vector<Word<Link>> link_words = {{"pulse", Link::pulse},       {"level", Link::level},
                                            {"parity", Link::parity},     {"parity-held", Link::parity_held},
                                            {"parity-2", Link::parity_2}, {"parity-2-held", Link::parity_2_held}};
const std::vector<Word<Scope>> scope_words = {
    {"axon", Scope::axon}, {"synapse", Scope::synapse}, {"core", Scope::core}};
const std::vector<Word<StreamOrder>> order_words = {{"shuffled", StreamOrder::shuffled}, {"data", StreamOrder::data}};
const std::vector<Word<SearchMethod>> search_words = {{"random", SearchMethod::random}, {"sobol", SearchMethod::sobol}};

template <class Choice>
static std::string find_word(const std::vector<Word<Choice>>& words, Choice value) {
    for (const auto& [word, choice] : words) {
        if (choice == value) return word;
    }
    return "";
}

std::string to_word(Task value) {
    return find_word(task_words, value);
}
std::string to_word(EngineKind value) {
    return find_word(engine_words, value);
}
std::string to_word(NeuronKind value) {
    return find_word(kind_words, value);
}
std::string to_word(Quantizer value) {
    return find_word(quantizer_words, value);
}
std::string to_word(BetaSign value) {
    return find_word(beta_sign_words, value);
}
std::string to_word(UpdateForm value) {
    return find_word(update_words, value);
}
std::string to_word(DataSet value) {
    return find_word(data_words, value);
}
std::string to_word(PhaseAlignment value) {
    return find_word(alignment_words, value);
}
std::string to_word(Link value) {
    return find_word(link_words, value);
}
std::string to_word(Scope value) {
    return find_word(scope_words, value);
}
std::string to_word(StreamOrder value) {
    return find_word(order_words, value);
}
std::string to_word(SearchMethod value) {
    return find_word(search_words, value);
}

}  // namespace settle
