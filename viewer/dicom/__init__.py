"""The only room where a pydicom Dataset exists: files to index, series to volume, volume to files."""
