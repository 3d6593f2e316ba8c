#include "sim/data/hdf5.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/error.hpp"
#include "sim/data/scaling.hpp"
#include "sim/formats/hdf5_file.hpp"

namespace settle {

namespace {

/// Numbers that are read at once: enough to be fast, and no matter for memory.
constexpr std::int64_t block_numbers = 1 << 20;

struct Part {
    std::int64_t count = 0;
    int inputs = 0;
    bool bytes = false;  ///< unsigned, kept as they are
};

Part measure_part(const Hdf5Reader& file, const std::string& x, const std::string& labels) {
    const Hdf5Info inputs = file.inspect(x);
    std::int64_t width = 1;
    bool fits = inputs.shape.size() >= 2;
    for (std::size_t i = 1; i < inputs.shape.size(); ++i)
        fits = fits && !__builtin_mul_overflow(width, inputs.shape[i], &width);
    if (!fits || width < 1 || width > std::numeric_limits<int>::max()) {
        throw input_error(file.path(), x, "has the shape " + shape_text(inputs.shape), "samples x inputs");
    }
    const Hdf5Info classes = file.inspect(labels);
    const bool one_each = std::all_of(classes.shape.begin() + (classes.shape.empty() ? 0 : 1), classes.shape.end(),
                                      [](std::int64_t n) { return n == 1; });
    if (classes.shape.empty() || !one_each || classes.shape[0] != inputs.shape[0]) {
        throw input_error(file.path(), labels, "has the shape " + shape_text(classes.shape),
                          fmt::format("{}, one label for each row of {}", inputs.shape[0], x));
    }
    return {inputs.shape[0], static_cast<int>(width), inputs.unsigned_bytes()};
}

/// One of the two parts of the file.
class PartReader {
public:
    PartReader(const Hdf5Reader& file, std::string x, std::string labels)
        : file_(file), x_(std::move(x)), labels_(std::move(labels)), info_(file.inspect(x_)) {
        numbers_ = {file.path(), x_, info_.type == Hdf5Class::integer, {}, {}};
        rows_a_block_ = std::max<std::int64_t>(1, block_numbers / std::max<std::int64_t>(info_.items / rows(), 1));
    }

    Samples read(Hdf5Rows rows, int inputs, int classes) {
        Samples samples;
        samples.count = rows.count;
        samples.inputs = inputs;
        if (info_.unsigned_bytes()) {
            std::vector<std::uint8_t> bytes = file_.read_bytes(x_, rows);
            for (const std::uint8_t byte : bytes) numbers_.wanted.add(byte);
            samples.x = std::move(bytes);
        } else {
            std::vector<float> values;
            values.reserve(static_cast<std::size_t>(rows.count) * static_cast<std::size_t>(inputs));
            for_each_block(rows.first, rows.first + rows.count, [&](const std::vector<double>& block) {
                for (const double number : block) {
                    numbers_.wanted.add(number);
                    values.push_back(static_cast<float>(number));
                }
                return true;
            });
            samples.x = std::move(values);
        }
        samples.labels = checked_labels(file_.path(), labels_, file_.read_wide_integers(labels_, rows), classes);
        read_to_ = std::max(read_to_, rows.first + rows.count);
        return samples;
    }

    /// Looks at the samples that were not read, for as long as all that was seen is 0 and 1.
    void look_for_others() {
        if (!numbers_.may_be_zero_one()) return;
        for_each_block(read_to_, rows(), [&](const std::vector<double>& block) {
            for (const double number : block) numbers_.rest.add(number);
            return numbers_.may_be_zero_one();
        });
    }

    const ImageNumbers& numbers() const { return numbers_; }
    /// All that x and labels are stored in.
    void add_files(std::vector<std::string>& files) const {
        files.insert(files.end(), info_.files.begin(), info_.files.end());
        const Hdf5Info labels = file_.inspect(labels_);
        files.insert(files.end(), labels.files.begin(), labels.files.end());
    }

private:
    std::int64_t rows() const { return info_.shape.front(); }

    template <class Use>
    void for_each_block(std::int64_t first, std::int64_t last, const Use& use) {
        for (std::int64_t row = first; row < last; row += rows_a_block_) {
            if (!use(file_.read_doubles(x_, {row, std::min(rows_a_block_, last - row)}))) return;
        }
    }

    const Hdf5Reader& file_;
    const std::string x_, labels_;
    const Hdf5Info info_;
    ImageNumbers numbers_;
    std::int64_t rows_a_block_ = 1;
    std::int64_t read_to_ = 0;
};

Samples empty_samples(int inputs) {
    Samples samples;
    samples.inputs = inputs;
    samples.x = std::vector<float>();
    return samples;
}

}  // namespace

DatasetSize measure_hdf5(const std::string& path) {
    const Hdf5Reader file(path);
    const Part train = measure_part(file, "/x", "/labels");
    DatasetSize size{train.count, 0, 0, train.inputs, train.bytes ? 1 : 4};
    if (!file.has("/test_x") && !file.has("/test_labels")) return size;
    const Part test = measure_part(file, "/test_x", "/test_labels");
    if (test.inputs != train.inputs) {
        throw input_error(path, "/test_x", fmt::format("has samples of {} inputs", test.inputs),
                          fmt::format("{}, as in /x", train.inputs));
    }
    size.test = test.count;
    if (!test.bytes) size.input_bytes = 4;
    return size;
}

Dataset load_hdf5(const std::string& path, const DatasetSize& wanted, int classes, std::optional<double> scale) {
    const Hdf5Reader file(path);
    const int inputs = wanted.inputs;
    Dataset data{empty_samples(inputs), empty_samples(inputs), empty_samples(inputs), {path}, {}};
    PartReader train(file, "/x", "/labels");
    data.train = train.read({0, wanted.train}, inputs, classes);
    if (wanted.validation > 0) data.validation = train.read({wanted.train, wanted.validation}, inputs, classes);
    train.add_files(data.files);
    std::optional<PartReader> test;
    if (file.has("/test_x") && file.inspect("/test_x").items > 0) test.emplace(file, "/test_x", "/test_labels");
    if (test && wanted.test > 0) {
        data.test = test->read({0, wanted.test}, inputs, classes);
    }
    if (!scale) {
        train.look_for_others();
        if (test && train.numbers().may_be_zero_one()) test->look_for_others();
    }
    std::vector<ImageNumbers> images = {train.numbers()};
    if (test && test->numbers().met_any()) {
        images.push_back(test->numbers());
        test->add_files(data.files);
    }
    data.scaling = choose_scaling(scale, images);
    apply_scaling(data.scaling, train.numbers(), 0, data.train);
    apply_scaling(data.scaling, train.numbers(), wanted.train, data.validation);
    if (test) apply_scaling(data.scaling, test->numbers(), 0, data.test);
    return data;
}

}  // namespace settle
