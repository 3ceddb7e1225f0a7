-- As much as the largest entry takes, put here and taken back, shows whether one would fit.
ALTER TABLE probe ADD COLUMN room BLOB;
