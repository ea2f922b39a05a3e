import numpy as np

from ivg.records import Annotation, Scene, Segment, Video
from ivg.statistics import distributions


def test_distributions_join_the_values_of_all_videos():
    row = Annotation("a", 9, 1, 3, 0, 9, "a cat", 0, 0, None, None)
    one = Video(
        "a",
        "a",
        scenes=(Scene(0, 1), Scene(1, 3)),
        segments=(Segment(0, 3, 0, 1),),
        neighbour_similarity=np.array([0.9]),
        clip_sim=np.array([0.2]),
        annotations=(row,),
    )
    other = Video("b", "b", scenes=(Scene(0, 4),), neighbour_similarity=np.array([0.1, 0.2]))
    found = {name: values.tolist() for name, values in distributions([one, other]).items()}
    assert found == {
        "scene_secs": [1, 2, 4],
        "segment_secs": [3],
        "annotation_secs": [2],
        "neg_span_secs": [9],
        "neighbour_similarity": [0.9, 0.1, 0.2],
        "clip_sim": [0.2],
    }
