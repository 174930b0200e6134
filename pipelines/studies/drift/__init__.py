"""Adversarial validation: can a classifier separate newer headlines from older ones?"""

# Of its DVC stages and its report folder, which users know by this name; see `pipelines.studies.study.key_of`.
KEY = "adversarial_validation"
