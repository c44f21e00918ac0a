from hubctl.trial.aws.server import LocalAws


def test_a_versioned_bucket_with_delete_markers_can_be_emptied(aws: LocalAws) -> None:
    s3, bucket = aws.client("s3"), "emptied-bucket"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="a")
    listed = s3.list_object_versions(Bucket=bucket)
    objects = [
        {"Key": entry["Key"], "VersionId": entry["VersionId"]}
        for entry in [*listed["Versions"], *listed["DeleteMarkers"]]
    ]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert len(answer["Deleted"]) == 2
    s3.delete_bucket(Bucket=bucket)
