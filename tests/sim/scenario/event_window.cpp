// The windows of events: how long each has, and in which presentations it is measured.
#include "sim/scenario/event_window.hpp"

#include "tests/sim/scenario/fixture.hpp"

using namespace settle;

namespace {

using Windows = std::vector<EventWindow>;

Event marked(const std::string& name, EventTime at) {
    Event event;
    event.name = name;
    event.named = true;
    event.at = at;
    event.action = MarkAction{};
    return event;
}

Scenario scenario_of(Task task, std::vector<Event> events) {
    Scenario scenario;
    scenario.task = task;
    scenario.phases.free = 100;
    scenario.phases.nudged = 50;
    scenario.events = std::move(events);
    return scenario;
}

}  // namespace

TEST_CASE("a window ends with the next event, or with its phase") {
    const Scenario scenario =
        scenario_of(Task::converge,
                    {marked("c", AtPeriod{120}), marked("a", AtPeriod{10}), marked("b", AtPeriod{60}),
                     marked("b too", AtPeriod{60}), marked("between", AtPresentation{5}), marked("d", AtPeriod{140})});
    CHECK(event_windows(scenario, &Event::in_training) ==
          Windows{{"c", 120, 140}, {"a", 10, 60}, {"b", 60, 100}, {"b too", 60, 100}, {"d", 140, 150}});
    CHECK(measured_events(scenario) == std::vector<std::string>{"c", "a", "b", "b too", "d"});
    CHECK(why_not_measured("b", scenario).empty());
    CHECK(why_not_measured("between", scenario) == "this event happens between minibatches");
    CHECK(why_not_measured("e", scenario) == "no event has this name");
}

TEST_CASE("in a stream a window may last as long as the longest stream") {
    Scenario scenario = scenario_of(Task::stream, {marked("early", AtPeriod{10}), marked("late", AtPeriod{500})});
    scenario.stream.inputs = 20;
    scenario.stream.dwell_high = 30;
    CHECK(event_windows(scenario, &Event::in_test) == Windows{{"early", 10, 500}, {"late", 500, 600}});
    CHECK(measured_events(scenario) == std::vector<std::string>{"early", "late"});
}

TEST_CASE(
    "answers are of the free phase, and events that do not happen in presentations neither count nor end windows") {
    Event tested = marked("tested", AtPeriod{50});
    tested.in_training = tested.in_validation = false;
    Event trained = marked("trained", AtPeriod{30});
    trained.in_validation = trained.in_test = false;
    const Scenario scenario =
        scenario_of(Task::train, {trained, tested, marked("both", AtPeriod{0}), marked("nudged", AtPeriod{100})});
    CHECK(event_windows(scenario, &Event::in_training) == Windows{{"trained", 30, 100}, {"both", 0, 30}});
    CHECK(event_windows(scenario, &Event::in_test) == Windows{{"tested", 50, 100}, {"both", 0, 50}});
    CHECK(event_windows(scenario, &Event::in_validation) == Windows{{"both", 0, 100}});
    CHECK(measured_events(scenario) == std::vector<std::string>{"trained", "tested", "both"});
    CHECK(why_not_measured("nudged", scenario) == "a run of the task train measures none there");
    Scenario inferring = scenario;
    inferring.task = Task::infer;
    // Whether there is a test set, the data tell: without one, the training set is looked at.
    CHECK(measured_events(inferring) == std::vector<std::string>{"trained", "tested", "both"});
    inferring.data.test = 7;
    CHECK(measured_events(inferring) == std::vector<std::string>{"tested", "both"});
    inferring.data.test = 0;
    CHECK(measured_events(inferring) == std::vector<std::string>{"trained", "both"});
}
