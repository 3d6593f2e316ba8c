// The words that stand for choices in files and summaries ("virtual", "second-order-sigma-delta", …): one list each.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace settle {

template <class Choice>
using Word = std::pair<std::string, Choice>;

extern const std::vector<Word<Task>> task_words;
extern const std::vector<Word<EngineKind>> engine_words;
extern const std::vector<Word<NeuronKind>> kind_words;
extern const std::vector<Word<Quantizer>> quantizer_words;
extern const std::vector<Word<BetaSign>> beta_sign_words;
extern const std::vector<Word<UpdateForm>> update_words;
extern const std::vector<Word<DataSet>> data_words;
extern const std::vector<Word<PhaseAlignment>> alignment_words;
extern const std::vector<Word<Link>> link_words;
extern const std::vector<Word<Scope>> scope_words;
extern const std::vector<Word<StreamOrder>> order_words;
extern const std::vector<Word<SearchMethod>> search_words;

std::string to_word(Task value);
std::string to_word(EngineKind value);
std::string to_word(NeuronKind value);
std::string to_word(Quantizer value);
std::string to_word(BetaSign value);
std::string to_word(UpdateForm value);
std::string to_word(DataSet value);
std::string to_word(PhaseAlignment value);
std::string to_word(Link value);
std::string to_word(Scope value);
std::string to_word(StreamOrder value);
std::string to_word(SearchMethod value);

}  // namespace settle
