"""Drafting an instrument from one file of answers. All answers, names and numbers here are made up."""

from datetime import datetime

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import squareform

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError, StudyError
from akhlak_research.responses.draft import draft_instrument
from akhlak_research.responses.draft_dimensions import against_their_dimension, cluster, correlations, silhouette
from akhlak_research.responses.draft_scales import answer_sets
from akhlak_research.stages.new import new_study

FIVE = ["Sangat Tidak Setuju", "Tidak Setuju", "Ragu-ragu", "Setuju", "Sangat Setuju"]
FOUR = ["Sangat Tidak Setuju", "Tidak Setuju", "Setuju", "Sangat Setuju"]
STEMS = ["bekerja dengan jujur", "membantu rekan yang kesulitan", "cepat menyesuaikan diri", "menjaga rahasia jabatan"]


def headers(n, lead="Pegawai di unit kerja saya"):
    """Long Indonesian question texts, all different."""
    return [f"{i}. {lead} {STEMS[i % 4]} setiap hari, juga pada keadaan nomor {i}" for i in range(1, n + 1)]


def codes(n=200, dimensions=7, items=3, seed=1, cuts=(-2.0, -1.0, 0.0, 1.0)):
    """Simulated answers of correlated dimensions, from 0."""
    rng = np.random.default_rng(seed)
    factors = 0.6 * rng.standard_normal((n, 1)) + rng.standard_normal((n, dimensions))
    latent = np.repeat(factors, items, axis=1) + 0.8 * rng.standard_normal((n, dimensions * items))
    return np.digitize(latent, cuts)


def spoken(x, labels):
    return np.array(labels, dtype=object)[x]


def google_forms(path, heads, answers, **background):
    """A workbook as Google Forms makes it: a time, questions as headers, answers as labels."""
    n = len(answers)
    before = {"Stempel waktu": [datetime(2026, 1, 2, 8, 0, i % 60) for i in range(n)], **background}
    book = openpyxl.Workbook()
    book.active.title = "Form Responses 1"
    book.active.append([*before, *heads])
    for i in range(n):
        book.active.append([*(values[i] for values in before.values()), *answers[i]])
    book.save(path)
    return path


def people(n):
    return {
        "Alamat Email": [f"orang{i}@contoh.go.id" for i in range(n)],
        "Nama Lengkap": [f"Orang Contoh {i}" for i in range(n)],
        "Kode pegawai": [f"19{60 + i % 35}0{1 + i % 9}152010{1 + i % 12:02d}{1 + i % 2}{1 + i:03d}" for i in range(n)],
        "Unit Kerja": [f"Dinas {chr(65 + i % 9)}" for i in range(n)],
        "Jenis Kelamin": [("Laki-laki", "Perempuan")[i % 2] for i in range(n)],
        "Usia": [22 + i % 36 for i in range(n)],
        "Media yang dipakai": [
            ("Surel", "Surel, Papan", "Papan, Grup", "Grup", "Surel, Grup")[i % 5] for i in range(n)
        ],
        "Saran": [f"Saran nomor {i}" for i in range(n)],
    }


def roles(draft):
    return dict(zip(draft.table()["column"], draft.table()["role"], strict=True))


def said(draft):
    return {notice.code for notice in draft.notices}


class TestGoogleForms:
    @pytest.fixture
    def file(self, tmp_path):
        return google_forms(tmp_path / "jawaban.xlsx", headers(21), spoken(codes(), FIVE), **people(200))

    def test_21_long_headers_give_21_items_and_the_right_scale(self, file):
        draft = draft_instrument(file)
        instrument = draft.instrument
        assert instrument.item_codes == tuple(f"Q{i:02d}" for i in range(1, 22))
        assert (instrument.scale.low, instrument.scale.high) == (1, 5)
        assert [instrument.scale.labels[code]["id"] for code in range(1, 6)] == FIVE
        assert instrument.item("Q07").text["id"] == headers(21)[6].split(" ", 1)[1]
        assert draft.unseen == () and "draft_unseen_levels" not in said(draft)
        answers = ak.read_responses(file, instrument)
        np.testing.assert_array_equal(answers.codes.to_numpy(), codes() + 1)

    def test_dimensions_are_proposed_from_the_correlations_and_marked(self, file):
        draft = draft_instrument(file)
        assert draft.basis == "correlations" and "draft_by_correlations" in said(draft)
        assert [item.dimension for item in draft.instrument.items] == [f"D{1 + i // 3}" for i in range(21)]
        assert all(
            "perlu dikonfirmasi" in d.name["id"] and "to confirm" in d.name["en"] for d in draft.instrument.dimensions
        )

    def test_other_columns(self, file):
        found = roles(draft_instrument(file))
        assert found["Stempel waktu"] == "metadata"
        assert {found[name] for name in ("Alamat Email", "Nama Lengkap", "Kode pegawai")} == {"identifier"}
        assert (found["Unit Kerja"], found["Jenis Kelamin"], found["Usia"]) == ("categorical", "categorical", "numeric")
        assert (found["Media yang dipakai"], found["Saran"]) == ("several_answers", "free_text")
        instrument = draft_instrument(file).instrument
        assert [group.code for group in instrument.groups] == ["unit_kerja", "jenis_kelamin", "Usia"]

    def test_the_file_written_reads_the_same_and_marks_its_guesses(self, file, tmp_path):
        draft = draft_instrument(file)
        path = draft.write(tmp_path)
        assert ak.read_instrument(path) == draft.instrument
        comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line.lstrip().startswith("#")]
        assert sum("To confirm" in line for line in comments) >= 4
        assert any(headers(21)[0][:40] in line for line in comments)
        with ak.language("id"):
            assert "Perlu dikonfirmasi" in draft.write(tmp_path / "id.yaml").read_text(encoding="utf-8")

    def test_as_csv_it_is_the_same(self, file, tmp_path):
        frame = pd.read_excel(file, engine="openpyxl")
        frame.to_csv(tmp_path / "jawaban.csv", index=False, sep=";")
        again = draft_instrument(tmp_path / "jawaban.csv").instrument
        assert again.items == draft_instrument(file).instrument.items and again.scale.high == 5

    def test_grids_name_the_dimensions(self, tmp_path):
        heads = [f"{grid} [{STEMS[i]}]" for grid in ("Tentang atasan", "Tentang rekan") for i in range(4)]
        file = google_forms(tmp_path / "a.xlsx", heads, spoken(codes(60, 2, 4), FIVE))
        draft = draft_instrument(file)
        assert draft.basis == "headers"
        assert [d.name["id"] for d in draft.instrument.dimensions] == [
            "Tentang atasan (perlu dikonfirmasi)", "Tentang rekan (perlu dikonfirmasi)",
        ]  # fmt: skip
        assert [item.dimension for item in draft.instrument.items] == ["D1"] * 4 + ["D2"] * 4
        assert draft.instrument.items[0].text["id"] == heads[0]  # the rows of both grids are called alike
        assert ak.read_responses(file, draft.instrument).n == 60


class TestScales:
    def draft(self, tmp_path, answers, heads=None, **options):
        answers = np.asarray(answers, dtype=object)
        heads = heads or headers(answers.shape[1])
        pd.DataFrame(answers, columns=heads).to_excel(tmp_path / "a.xlsx", index=False)
        return draft_instrument(tmp_path / "a.xlsx", **options)

    @pytest.mark.parametrize("labels", [
        FIVE, FOUR, ["STS", "TS", "N", "S", "SS"], ["Tidak Setuju", "Kurang Setuju", "Setuju", "Sangat Setuju"],
        ["Sangat Tidak Setuju", "Tidak Setuju", "Kurang Setuju", "Setuju", "Sangat Setuju"],
        ["Tidak Pernah", "Jarang", "Kadang-kadang", "Sering", "Selalu"],
        ["Tidak Baik", "Kurang Baik", "Baik", "Sangat Baik"],
        ["Sangat Tidak Puas", "Tidak Puas", "Cukup Puas", "Puas", "Sangat Puas"],
        ["strongly disagree", "disagree", "neither agree nor disagree", "agree", "strongly agree"],
        ["Very Inaccurate", "Moderately Inaccurate", "Slightly Inaccurate", "Slightly Accurate",
         "Moderately Accurate", "Very Accurate"],
        ["Strongly Disagree", "Disagree", "Somewhat Disagree", "Neutral", "Somewhat Agree", "Agree", "Strongly Agree"],
    ])  # fmt: skip
    def test_known_labels(self, tmp_path, labels):
        x = np.tile(np.arange(len(labels))[:, None], (8, 4))
        draft = self.draft(tmp_path, spoken(x, labels))
        assert (draft.instrument.scale.low, draft.instrument.scale.high) == (1, len(labels))
        answers = ak.read_responses(tmp_path / "a.xlsx", draft.instrument)
        np.testing.assert_array_equal(answers.codes.to_numpy(), x + 1)
        lang = "en" if labels[0] in ("strongly disagree", "Very Inaccurate", "Strongly Disagree") else "id"
        assert [draft.instrument.scale.labels[code][lang] for code in draft.instrument.scale.codes] == labels

    def test_levels_that_nobody_chose_are_said(self, tmp_path):
        """Everybody agrees: four levels are the least that fits, and the notice says what that rests on."""
        draft = self.draft(tmp_path, spoken(codes(50, 2, 3) % 2, FIVE[3:]))
        assert str(draft.instrument.scale) == "1–4"
        assert draft.unseen == ("Sangat Tidak Setuju", "Tidak Setuju")
        assert "draft_unseen_levels" in said(draft)
        better = self.draft(tmp_path, spoken(codes(50, 2, 3) % 2, FIVE[3:]), labels=FIVE)
        assert str(better.instrument.scale) == "1–5" and better.unseen == tuple(FIVE[:3])

    def test_two_words_for_one_level(self, tmp_path):
        x = codes(60, 2, 3)
        answers = spoken(x, FIVE)
        answers[:, 5] = spoken(x[:, 5], [*FIVE[:2], "Netral", *FIVE[3:]])
        draft = self.draft(tmp_path, answers)
        assert draft.instrument.scale.labels[3]["id"] == "Ragu-ragu"
        assert draft.instrument.items[5].scale.labels[3]["id"] == "Netral"
        np.testing.assert_array_equal(ak.read_responses(tmp_path / "a.xlsx", draft.instrument).codes, x + 1)

    def test_words_of_one_level_are_never_put_together(self, tmp_path):
        """Jarang and Kadang-kadang: nobody chose all five, yet they are two answers."""
        words = ["Tidak Pernah", "Jarang", "Kadang-kadang", "Sering", "Selalu"]
        x = np.array([[0, 1, 3, 4], [0, 2, 3, 4], [0, 1, 2, 3]] * 10)[:, [0, 1, 2, 3, 0, 1]]
        x[:, 0] = np.tile([0, 1, 3, 4], 8)[:30]
        x[:, 3] = np.tile([0, 2, 3, 4], 8)[:30]
        draft = self.draft(tmp_path, spoken(x, words))
        assert str(draft.instrument.scale) == "1–5"
        np.testing.assert_array_equal(ak.read_responses(tmp_path / "a.xlsx", draft.instrument).codes, x + 1)

    def test_two_scales(self, tmp_path):
        x = codes(60, 2, 4, cuts=(-0.5, 0.0, 0.5))
        often = spoken(codes(60, 1, 3, seed=2), ["Tidak Pernah", "Jarang", "Kadang-kadang", "Sering", "Selalu"])
        draft = self.draft(tmp_path, np.hstack([spoken(x, FOUR), often]))
        assert str(draft.instrument.scale) == "1–4"
        assert [str(item.scale or "") for item in draft.instrument.items] == [""] * 8 + ["1–5"] * 3

    @pytest.mark.parametrize("form", ["{code} - {label}", "{label} ({code})", "{code}. {label}", "{code} = {label}"])
    def test_labels_with_their_number(self, tmp_path, form):
        x = codes(60, 2, 3)
        labels = [
            form.format(code=i + 1, label=word)
            for i, word in enumerate(["Buruk sekali", "Agak buruk", "Lumayan", "Bagus", "Hebat"])
        ]
        draft = self.draft(tmp_path, spoken(x, labels))
        assert draft.instrument.scale.labels[5]["id"] == "Hebat"
        np.testing.assert_array_equal(ak.read_responses(tmp_path / "a.xlsx", draft.instrument).codes, x + 1)

    @pytest.mark.parametrize(
        ("numbers", "low", "high"),
        [((1, 5), 1, 5), ((1, 4), 1, 4), ((0, 4), 0, 4), ((1, 10), 1, 10), ((0, 10), 0, 10), ((2, 6), 1, 6)],
    )
    def test_numbers(self, tmp_path, numbers, low, high):
        x = np.random.default_rng(3).integers(numbers[0], numbers[1] + 1, size=(80, 6))
        draft = self.draft(tmp_path, x)
        assert (draft.instrument.scale.low, draft.instrument.scale.high) == (low, high)

    def test_an_item_in_which_the_top_was_not_chosen_stays_on_the_scale_of_the_others(self, tmp_path):
        x = np.random.default_rng(3).integers(1, 6, size=(80, 6))
        x[:, 2] = np.minimum(x[:, 2], 3)
        draft = self.draft(tmp_path, x)
        assert all(item.scale is None for item in draft.instrument.items) and str(draft.instrument.scale) == "1–5"

    def test_codes_that_mean_no_answer(self, tmp_path):
        x = np.random.default_rng(3).integers(1, 6, size=(80, 6)).astype(object)
        x[3, 0], x[4, 1], x[5, 2] = 9, 99, ""
        draft = self.draft(tmp_path, x)
        assert str(draft.instrument.scale) == "1–5"
        assert {kind.kind: kind.codes for kind in draft.instrument.missing} == {"code_9": ("9",), "code_99": ("99",)}
        kinds = ak.read_responses(tmp_path / "a.xlsx", draft.instrument).missing_kinds
        assert (kinds.iloc[3, 0], kinds.iloc[4, 1], kinds.iloc[5, 2]) == ("code_9", "code_99", "blank")

    def test_a_ten_point_scale_keeps_its_nine(self, tmp_path):
        draft = self.draft(tmp_path, np.random.default_rng(3).integers(1, 11, size=(80, 6)))
        assert draft.instrument.missing == () and str(draft.instrument.scale) == "1–10"

    def test_words_that_mean_no_answer(self, tmp_path):
        answers = spoken(codes(60, 2, 3), FIVE)
        answers[0, 0], answers[1, 1] = "Tidak tahu", "N/A"
        draft = self.draft(tmp_path, answers)
        assert {kind.kind for kind in draft.instrument.missing} == {"dont_know", "not_applicable"}
        kinds = ak.read_responses(tmp_path / "a.xlsx", draft.instrument).missing_kinds
        assert (kinds.iloc[0, 0], kinds.iloc[1, 1]) == ("dont_know", "not_applicable")

    def test_unknown_labels_are_named_and_can_be_given(self, tmp_path):
        labels = ["merah", "kuning", "hijau"]
        answers = spoken(codes(60, 2, 3) % 3, labels)
        with pytest.raises(DataError) as fault:
            self.draft(tmp_path, answers)
        assert fault.value.code == "no_items_recognised" and fault.value.got == sorted(labels)
        draft = self.draft(tmp_path, answers, labels=labels)
        assert draft.instrument.scale.labels[3]["id"] == "hijau"
        np.testing.assert_array_equal(
            ak.read_responses(tmp_path / "a.xlsx", draft.instrument).codes, codes(60, 2, 3) % 3 + 1
        )
        for wrong in (["satu"], ["a", "A"], ["a", " "]):
            with pytest.raises(ArgumentError, match="labels_invalid"):
                self.draft(tmp_path, answers, labels=wrong)

    def test_background_in_numbers_is_no_item(self, tmp_path):
        x = np.random.default_rng(3).integers(1, 6, size=(80, 8)).astype(object)
        x[:, 7] = 1 + x[:, 7].astype(int) % 2
        x[:, 6] = [20 + i % 40 for i in range(80)]
        heads = [*headers(4), "Pendidikan terakhir", "Golongan", "Umur (tahun)", "x1"]
        found = roles(self.draft(tmp_path, x, heads))
        assert [found[name] for name in heads[4:]] == ["categorical", "categorical", "numeric", "categorical"]

    def test_categories_with_a_comma_are_no_choices_joined(self, tmp_path):
        answers = np.hstack(
            [
                spoken(codes(60, 2, 3), FIVE),
                np.array(["Dinas Pemuda, Olahraga", "Dinas Sosial"] * 30, dtype=object)[:, None],
            ]
        )
        assert roles(self.draft(tmp_path, answers, [*headers(6), "Instansi"]))["Instansi"] == "categorical"

    def test_headers_called_alike_are_refused(self, tmp_path):
        book = openpyxl.Workbook()
        for row in (["Saya ramah", "Saya ramah", "Saya jujur"], *([word] * 3 for word in FIVE)):
            book.active.append(row)
        book.save(tmp_path / "a.xlsx")
        with pytest.raises(DataError, match="duplicate_column"):
            draft_instrument(tmp_path / "a.xlsx")

    def test_every_set_of_labels_is_told_from_the_others(self, tmp_path):
        """A set whose levels all occur is never taken for another of the same length."""
        for entry in answer_sets():
            for lang, words in entry.usual.items():
                others = [o for o in answer_sets() if o.size <= entry.size and o.name != entry.name]
                seen = {word.casefold() for word in words}
                for other in others:
                    same = all(other.level_of.get(word) == entry.level_of[word] for word in seen)
                    assert not other.tells_apart(seen) or same, (entry.name, other.name, lang)


class TestOtherFiles:
    def test_labels_of_spss_are_taken(self, tmp_path):
        x = codes(80, 2, 3).astype(float) + 1
        x[0, 0] = 9
        names = ["KP1", "KP2", "KP3", "AK1", "AK2", "AK3"]
        labels = {
            float(i + 1): word for i, word in enumerate(["Buruk sekali", "Agak buruk", "Lumayan", "Bagus", "Hebat"])
        }
        frame = pd.DataFrame(x, columns=names).assign(jk=[1.0, 2.0] * 40)
        pyreadstat.write_sav(
            frame,
            str(tmp_path / "a.sav"),
            column_labels={**dict(zip(names, headers(6), strict=True)), "jk": "Jenis kelamin"},
            variable_value_labels={
                **{name: {**labels, 9.0: "Menolak menjawab"} for name in names},
                "jk": {1.0: "Laki-laki", 2.0: "Perempuan"},
            },
            missing_ranges={name: [9] for name in names},
        )
        instrument = draft_instrument(tmp_path / "a.sav").instrument
        assert instrument.item_codes == tuple(names) and instrument.scale.labels[1]["id"] == "Buruk sekali"
        assert instrument.item("KP1").text["id"] == headers(6)[0].split(" ", 1)[1]
        assert [(kind.kind, kind.codes) for kind in instrument.missing] == [("refused", ("9",))]
        assert instrument.groups[0].code == "jk" and instrument.groups[0].labels[2]["id"] == "Perempuan"
        assert [d.name["en"] for d in instrument.dimensions] == ["KP (to confirm)", "AK (to confirm)"]
        answers = ak.read_responses(tmp_path / "a.sav", instrument)
        assert answers.missing_kinds["KP1"].tolist()[:2] == ["refused", ""]

    def test_kobo_groups_and_choices_in_columns(self, tmp_path):
        x = codes(60, 2, 3)
        frame = pd.DataFrame(
            spoken(x, FIVE), columns=["layanan/Q1", "layanan/Q2", "layanan/Q3", "budaya/Q4", "budaya/Q5", "budaya/Q6"]
        )
        meta = {"_id": range(60), "_uuid": "u", "_submission_time": "2026-01-02"}
        frame = frame.assign(media="surel papan", **{"media/surel": 1, "media/papan": [0, 1] * 30}, **meta)
        frame.to_excel(tmp_path / "a.xlsx", index=False)
        draft = draft_instrument(tmp_path / "a.xlsx")
        assert draft.instrument.item_codes == ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6") and draft.basis == "headers"
        found = roles(draft)
        assert found["media/surel"] == found["media/papan"] == "several_answers" and found["_uuid"] == "metadata"
        np.testing.assert_array_equal(ak.read_responses(tmp_path / "a.xlsx", draft.instrument).codes, x + 1)

    def test_real_answers(self, bfi, root):
        """Codes name the dimensions; the reversed items are found, and none is turned."""
        draft = draft_instrument(root / "data" / "bfi" / "responses.csv")
        real = ak.read_instrument(root / "data" / "bfi")
        assert draft.instrument.item_codes == real.item_codes and str(draft.instrument.scale) == "1–6"
        assert draft.maybe_reversed == real.reversed_items and draft.instrument.reversed_items == ()
        assert draft.basis == "codes" and len(draft.instrument.dimensions) == 5
        read = ak.read_responses(root / "data" / "bfi" / "responses.csv", draft.instrument)
        np.testing.assert_array_equal(read.codes.to_numpy(), bfi.to_numpy(dtype=float))


class TestDimensions:
    def test_correlations_over_pairs(self):
        x = codes(50, 2, 3).astype(float)
        x[np.random.default_rng(0).random(x.shape) < 0.2] = np.nan
        np.testing.assert_allclose(correlations(x), pd.DataFrame(x).corr().to_numpy(), atol=1e-12)

    def test_silhouette_by_the_definition(self):
        rng = np.random.default_rng(2)
        distance = squareform(rng.random(28))
        groups = np.array([1, 1, 1, 2, 2, 3, 3, 4])
        values = []
        for i, group in enumerate(groups):
            own = [distance[i, j] for j in range(8) if groups[j] == group and j != i]
            if not own:
                values.append(0.0)
                continue
            a = np.mean(own)
            b = min(distance[i, groups == other].mean() for other in set(groups) - {group})
            values.append((b - a) / max(a, b))
        assert silhouette(distance, groups) == pytest.approx(np.mean(values), abs=1e-12)

    @settings(max_examples=25, deadline=None)
    @given(st.permutations(range(12)))
    def test_the_order_of_items_does_not_matter(self, order):
        r = correlations(codes(300, 4, 3, seed=5).astype(float))
        order = np.array(order)
        straight, turned = np.array(cluster(r)), np.array(cluster(r[np.ix_(order, order)]))
        same = straight[order][:, None] == straight[order][None, :]
        assert (same == (turned[:, None] == turned[None, :])).all()

    def test_no_structure_one_dimension(self):
        assert set(cluster(np.eye(8))) == {0}
        assert cluster(np.eye(2)) == (0, 0)

    @given(st.lists(st.booleans(), min_size=5, max_size=5).filter(lambda turned: sum(turned) < 3))
    def test_turned_items_are_those_of_the_fewer(self, turned):
        signs = np.where(turned, -1.0, 1.0)
        r = 0.5 * np.outer(signs, signs)
        np.fill_diagonal(r, 1.0)
        assert against_their_dimension(r, (0,) * 5) == tuple(np.flatnonzero(turned))


class TestNewStudy:
    def test_from_one_workbook(self, tmp_path):
        file = google_forms(tmp_path / "jawaban.xlsx", headers(21), spoken(codes(), FIVE), **people(200))
        folder = new_study(tmp_path / "studi", file)
        assert sorted(path.name for path in folder.iterdir()) == [
            "instrument.yaml",
            "responses.csv",
            "study.yaml",
            "to-confirm.md",
        ]
        study = ak.Study(folder)
        np.testing.assert_array_equal(study.responses.codes.to_numpy(), codes() + 1)
        assert list(study.responses.groups.columns) == ["unit_kerja", "jenis_kelamin", "Usia"]
        everything = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
        for hidden in ("orang1@contoh.go.id", "Orang Contoh 1", people(1)["Kode pegawai"][0], "Saran nomor"):
            assert hidden not in everything
        assert "draft" in study.instrument.version and "- [ ]" in (folder / "to-confirm.md").read_text(encoding="utf-8")

    def test_the_same_source_the_same_study(self, tmp_path):
        file = google_forms(tmp_path / "jawaban.xlsx", headers(6), spoken(codes(50, 2, 3), FIVE))
        one, two = new_study(tmp_path / "a", file), new_study(tmp_path / "b", file)
        for path in one.iterdir():
            assert path.read_bytes() == (two / path.name).read_bytes()

    def test_a_folder_in_use_is_left_alone(self, tmp_path):
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "study.yaml").write_text("mine", encoding="utf-8")
        with pytest.raises(StudyError, match="folder_in_use"):
            new_study(tmp_path / "a", tmp_path / "none.xlsx")
        assert (tmp_path / "a" / "study.yaml").read_text(encoding="utf-8") == "mine"

    def test_nothing_is_written_where_nothing_is_recognised(self, tmp_path):
        pd.DataFrame({"Saran": ["a", "b"]}).to_csv(tmp_path / "a.csv", index=False)
        with pytest.raises(DataError):
            new_study(tmp_path / "studi", tmp_path / "a.csv")
        assert not (tmp_path / "studi").exists()
