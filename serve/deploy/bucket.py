"""Makes the bucket BUCKET on the S3 server that the environment names, unless it is there: `python bucket.py`."""

import os

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import ClientError

_THERE = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


def make_bucket(name: str) -> None:
    """Make a bucket; one that is there stays as it is."""
    s3 = boto3.client("s3", endpoint_url=os.environ.get("MLFLOW_S3_ENDPOINT_URL"))
    region = s3.meta.region_name
    # Only elsewhere than in us-east-1 does S3 take the region, and there it needs it.
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        try:
            s3.create_bucket(Bucket=name, **where)
        except ClientError as refused:
            if refused.response["Error"]["Code"] not in _THERE:
                raise


if __name__ == "__main__":
    make_bucket(os.environ["BUCKET"])
