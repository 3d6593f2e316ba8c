#include "sim/data/idx_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "sim/data/idx.hpp"
#include "sim/data/scaling.hpp"
#include "sim/formats/whole_file.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

constexpr const char* train_images = "train-images-idx3-ubyte";
constexpr const char* train_labels = "train-labels-idx1-ubyte";
constexpr const char* test_images = "t10k-images-idx3-ubyte";
constexpr const char* test_labels = "t10k-labels-idx1-ubyte";
/// A folder of data has a few folders inside; whoever names a home directory is not kept waiting.
constexpr int deepest = 3;
constexpr std::size_t most_folders = 1000;
/// Columns of the labels of QMNIST, of which the first is the class.
constexpr std::int64_t qmnist_columns = 8;
constexpr std::int64_t numbers_a_block = 1 << 20;

/// What the name of a file says.
struct IdxName {
    std::string prefix;  ///< "qmnist-"; mostly empty
    bool test = false;
    bool labels = false;
    int rank = 0;  ///< less is preferred
};

/// Takes one of the words from the end of a text; "" where it ends with none of them.
std::string_view cut_end(std::string_view& text, std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) {
        if (!text.ends_with(word)) continue;
        text.remove_suffix(word.size());
        return word;
    }
    return "";
}

/// PREFIX train|t10k|test -images|-labels - or . idxN-TYPE, with .gz or without: read from its end, since a prefix may
/// be anything that ends with one of "-_.".
std::optional<IdxName> read_name(const std::string& file) {
    std::string_view rest = file;
    const bool zipped = !cut_end(rest, {".gz"}).empty();
    const std::string_view type = cut_end(rest, {"-ubyte", "-short", "-int", "-float", "-double"});
    if (type.empty() || rest.size() < 5 || rest.back() < '0' || rest.back() > '9') return std::nullopt;
    const char rank = rest.back();
    rest.remove_suffix(1);
    const std::string_view idx = cut_end(rest, {"-idx", ".idx"});
    const std::string_view what = cut_end(rest, {"-images", "-labels"});
    const std::string_view part = cut_end(rest, {"train", "t10k", "test"});
    const bool is_prefix = rest.empty() || (rest.size() > 1 && std::string_view("-_.").find(rest.back()) != rest.npos);
    if (idx.empty() || what.empty() || part.empty() || !is_prefix) return std::nullopt;
    IdxName name{std::string(rest), part != "train", what == "-labels", 0};
    const bool usual_type = type == "-ubyte" && rank == (name.labels ? '1' : '3');
    name.rank = (zipped ? 1 : 0) + (idx.front() == '.' ? 2 : 0) + (usual_type ? 0 : 4) + (part == "test" ? 8 : 0);
    return name;
}

struct FoundFile {
    IdxName name;
    std::string path;
};

/// Names in a folder, sorted, so that nothing depends on the file system. Throws Error (input) for what cannot be read.
std::vector<fs::directory_entry> entries_of(const std::string& folder) {
    std::vector<fs::directory_entry> entries;
    std::error_code failure;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure))
        entries.push_back(*at);
    if (failure)
        throw input_error(folder, "data.path", "cannot be read (" + failure.message() + ")", "a readable folder");
    std::sort(entries.begin(), entries.end());
    return entries;
}

/// The files of data directly inside, or inside a folder with the name of a file (as archives are unpacked).
std::vector<FoundFile> files_in(const std::string& folder) {
    std::vector<FoundFile> files;
    std::error_code failure;
    const auto add = [&](const fs::directory_entry& entry) {
        const auto name = read_name(entry.path().filename().string());
        if (name && entry.is_regular_file(failure)) files.push_back({*name, entry.path().string()});
        return name && entry.is_directory(failure);
    };
    for (const fs::directory_entry& entry : entries_of(folder)) {
        if (!add(entry)) continue;
        for (const fs::directory_entry& inner : entries_of(entry.path().string())) add(inner);
    }
    std::stable_sort(files.begin(), files.end(),
                     [](const FoundFile& a, const FoundFile& b) { return a.name.rank < b.name.rank; });
    return files;
}

std::string pick(const std::vector<FoundFile>& files, const std::string& prefix, const std::string& canonical) {
    const IdxName wanted = *read_name(canonical);
    for (const auto& [name, path] : files) {
        if (name.prefix == prefix && name.test == wanted.test && name.labels == wanted.labels) return path;
    }
    return "";
}

/// Prefixes of training images.
std::vector<std::string> prefixes_of(const std::vector<FoundFile>& files) {
    std::vector<std::string> prefixes;
    for (const auto& [name, path] : files) {
        if (!name.test && !name.labels && std::count(prefixes.begin(), prefixes.end(), name.prefix) == 0)
            prefixes.push_back(name.prefix);
    }
    std::sort(prefixes.begin(), prefixes.end());
    return prefixes;
}

/// Folders below, nearest first, that hold training images; `names` gathers what else there is.
std::vector<std::string> folders_below(const std::string& place, std::vector<std::string>& names) {
    std::vector<std::pair<std::string, int>> queue = {{place, 0}};
    std::vector<std::string> found;
    for (std::size_t i = 0; i < queue.size(); ++i) {
        const auto [folder, depth] = queue[i];
        std::error_code failure;
        std::vector<fs::directory_entry> entries;
        try {
            if (!prefixes_of(files_in(folder)).empty()) {
                found.push_back(folder);
                if (i == 0) break;
                continue;
            }
            entries = entries_of(folder);
        } catch (const Error&) {
            // What cannot be read below the folder may have nothing to do with it.
            if (i == 0) throw;
        }
        for (const fs::directory_entry& entry : entries) {
            if (entry.is_regular_file(failure)) names.push_back(entry.path().filename().string());
            if (depth < deepest && queue.size() < most_folders && entry.is_directory(failure) &&
                !entry.is_symlink(failure))
                queue.emplace_back(entry.path().string(), depth + 1);
        }
    }
    return found;
}

Error missing(const std::string& folder, const std::string& name, const std::string& why,
              const std::vector<std::string>& names) {
    Problem problem;
    problem.place = folder;
    problem.key = "data.path";
    problem.message = "holds no " + name;
    problem.expected = "this file, plain or .gz" + why;
    problem.suggestion = nearest_name(name, names);
    return Error(Blame::input, {problem});
}

std::optional<std::string> find_folder(const std::string& place, std::vector<std::string>& names) {
    std::error_code failure;
    if (!fs::is_directory(place, failure)) return std::nullopt;
    const std::vector<std::string> found = folders_below(place, names);
    if (found.size() > 1) {
        throw input_error(place, "data.path", fmt::format("holds several data sets: {}", fmt::join(found, ", ")),
                          "one of these folders");
    }
    return found.empty() ? std::nullopt : std::optional(found.front());
}

/// Opens an images and a labels file that belong together.
struct Pair {
    IdxReader images;
    IdxReader labels;
    int inputs = 0;
};

Pair open_pair(const std::string& images, const std::string& labels) {
    Pair pair{IdxReader(images), IdxReader(labels), 0};
    if (pair.images.dimensions().size() < 2) {
        throw input_error(images, "", "has one dimension: labels, not samples",
                          "samples x inputs, or x rows x columns");
    }
    if (pair.images.item_numbers() > std::numeric_limits<int>::max())
        throw input_error(images, "", "claims impossible sizes", "samples that fit memory");
    const std::vector<std::int64_t>& shape = pair.labels.dimensions();
    const std::int64_t columns = pair.labels.item_numbers();
    const bool qmnist = shape.size() == 2 && columns == qmnist_columns && pair.labels.type() == IdxType::int32;
    if (columns != 1 && !qmnist) {
        throw input_error(
            labels, "",
            shape.size() == 2 ? fmt::format("has {} columns", columns) : fmt::format("has {} dimensions", shape.size()),
            "one label a sample, or the 8 columns of QMNIST as 32-bit integers");
    }
    if (!pair.labels.holds_integers()) throw input_error(labels, "", "holds floating point numbers", "integers");
    if (pair.images.items() != pair.labels.items()) {
        throw input_error(labels, "", fmt::format("holds {} labels", pair.labels.items()),
                          fmt::format("{}, one for each sample of {}", pair.images.items(), images));
    }
    pair.inputs = static_cast<int>(pair.images.item_numbers());
    return pair;
}

/// One part of the set, from its two files.
class PairReader {
public:
    PairReader(const std::string& images, const std::string& labels) : pair_(open_pair(images, labels)) {
        numbers_ = {images, "", pair_.images.holds_integers(), {}, {}};
    }

    /// The next `count` samples.
    Samples read(std::int64_t count, int classes) {
        Samples samples;
        samples.count = count;
        samples.inputs = pair_.inputs;
        if (pair_.images.type() == IdxType::unsigned_byte) {
            std::vector<std::uint8_t> bytes;
            pair_.images.read(count, bytes);
            add(bytes, numbers_.wanted);
            samples.x = std::move(bytes);
        } else {
            std::vector<float> values;
            values.reserve(static_cast<std::size_t>(count) * static_cast<std::size_t>(pair_.inputs));
            for_each_block(count, [&](const std::vector<double>& block) {
                for (const double number : block) {
                    numbers_.wanted.add(number);
                    values.push_back(static_cast<float>(number));
                }
            });
            samples.x = std::move(values);
        }
        std::vector<std::int64_t> labels;
        const std::vector<double> columns = pair_.labels.read_numbers(count);
        const auto width = static_cast<std::size_t>(pair_.labels.item_numbers());
        for (std::size_t i = 0; i < columns.size(); i += width) labels.push_back(static_cast<std::int64_t>(columns[i]));
        samples.labels = checked_labels(pair_.labels.path(), "", labels, classes);
        return samples;
    }

    /// Goes through the rest of both files.
    void finish() {
        if (pair_.images.type() == IdxType::unsigned_byte) {
            const std::int64_t items = std::max<std::int64_t>(1, numbers_a_block / pair_.inputs);
            std::vector<std::uint8_t> bytes;
            while (pair_.images.items_left() > 0) {
                bytes.clear();
                pair_.images.read(std::min(items, pair_.images.items_left()), bytes);
                add(bytes, numbers_.rest);
            }
        } else {
            for_each_block(pair_.images.items_left(), [&](const std::vector<double>& block) {
                for (const double number : block) numbers_.rest.add(number);
            });
        }
        pair_.images.finish();
        pair_.labels.finish();
    }

    const ImageNumbers& numbers() const { return numbers_; }

private:
    static void add(const std::vector<std::uint8_t>& bytes, NumberRange& range) {
        if (bytes.empty()) return;
        const auto [low, high] = std::minmax_element(bytes.begin(), bytes.end());
        range.add(*low);
        range.add(*high);
    }

    template <class Use>
    void for_each_block(std::int64_t count, const Use& use) {
        const std::int64_t items = std::max<std::int64_t>(1, numbers_a_block / pair_.inputs);
        for (std::int64_t done = 0; done < count; done += items)
            use(pair_.images.read_numbers(std::min(items, count - done)));
    }

    Pair pair_;
    ImageNumbers numbers_;
};

Samples empty_images(int inputs) {
    Samples samples;
    samples.inputs = inputs;
    samples.x = std::vector<std::uint8_t>();
    return samples;
}

}  // namespace

std::string find_idx_file(const std::string& folder, const std::string& name) {
    std::error_code failure;
    return fs::is_directory(folder, failure) ? pick(files_in(folder), "", name) : "";
}

std::optional<std::string> find_idx_folder(const std::string& place) {
    std::vector<std::string> ignored;
    return find_folder(place, ignored);
}

std::string nearest_idx_name(const std::string& place) {
    std::vector<std::string> names;
    find_folder(place, names);
    return nearest_name(train_images, names);
}

IdxFolder open_idx_folder(const std::string& place) {
    if (const std::string obstacle = obstacle_at(place); !obstacle.empty())
        throw input_error(place, "data.path", "cannot be read: " + obstacle, "a folder that can be read");
    std::error_code failure;
    const fs::file_status status = fs::status(place, failure);
    if (!fs::is_directory(status)) {
        throw input_error(place, "data.path", "is no folder", "a folder with train-images-idx3-ubyte and the like");
    }
    IdxFolder folder;
    std::vector<std::string> names;
    const auto found = find_folder(place, names);
    if (!found) throw missing(place, train_images, "", names);
    folder.path = *found;
    const std::vector<FoundFile> files = files_in(folder.path);
    const std::vector<std::string> prefixes = prefixes_of(files);
    const bool usual = std::count(prefixes.begin(), prefixes.end(), "") > 0;
    if (!usual && prefixes.size() > 1) {
        throw input_error(folder.path, "data.path",
                          fmt::format("holds several data sets, whose files begin with {}", fmt::join(prefixes, ", ")),
                          "a folder with the files of one");
    }
    const std::string prefix = usual ? "" : prefixes.front();
    for (const fs::directory_entry& entry : entries_of(folder.path)) names.push_back(entry.path().filename().string());
    const auto require = [&](const char* name, const std::string& why) {
        const std::string path = pick(files, prefix, name);
        if (path.empty()) throw missing(folder.path, prefix + name, why, names);
        return path;
    };
    folder.train_images = require(train_images, "");
    folder.train_labels = require(train_labels, "");
    folder.test_images = pick(files, prefix, test_images);
    folder.test_labels = pick(files, prefix, test_labels);
    if (folder.test_images.empty() != folder.test_labels.empty()) {
        const bool images = folder.test_images.empty();
        require(images ? test_images : test_labels,
                images ? ", since its labels are there" : ", since its images are there");
    }
    return folder;
}

DatasetSize measure_idx(const IdxFolder& folder) {
    const Pair train = open_pair(folder.train_images, folder.train_labels);
    DatasetSize size{train.images.items(), 0, 0, train.inputs, train.images.type() == IdxType::unsigned_byte ? 1 : 4};
    if (folder.test_images.empty()) return size;
    const Pair test = open_pair(folder.test_images, folder.test_labels);
    if (test.inputs != train.inputs) {
        throw input_error(folder.test_images, "", fmt::format("has samples of {} inputs", test.inputs),
                          fmt::format("{}, as in {}", train.inputs, folder.train_images));
    }
    if (test.images.type() != IdxType::unsigned_byte) size.input_bytes = 4;
    size.test = test.images.items();
    return size;
}

Dataset load_idx(const IdxFolder& folder, const DatasetSize& wanted, int classes, std::optional<double> scale) {
    Dataset data{empty_images(wanted.inputs),
                 empty_images(wanted.inputs),
                 empty_images(wanted.inputs),
                 {folder.train_images, folder.train_labels},
                 {}};
    PairReader train(folder.train_images, folder.train_labels);
    data.train = train.read(wanted.train, classes);
    if (wanted.validation > 0) data.validation = train.read(wanted.validation, classes);
    train.finish();
    std::vector<ImageNumbers> images = {train.numbers()};
    // Whether all are 0 and 1 may have to be looked for in test images that are not wanted.
    const bool look = !scale && train.numbers().may_be_zero_one() && !folder.test_images.empty();
    if (wanted.test > 0 || look) {
        PairReader test(folder.test_images, folder.test_labels);
        if (wanted.test > 0) data.test = test.read(wanted.test, classes);
        test.finish();
        images.push_back(test.numbers());
        data.files.insert(data.files.end(), {folder.test_images, folder.test_labels});
    }
    data.scaling = choose_scaling(scale, images);
    apply_scaling(data.scaling, images.front(), 0, data.train);
    apply_scaling(data.scaling, images.front(), wanted.train, data.validation);
    if (images.size() > 1) apply_scaling(data.scaling, images.back(), 0, data.test);
    return data;
}

}  // namespace settle
