package sqlite

import (
	"golang.org/x/sys/unix"
)

// networkFS returns the name of the network file system that a path lies on, or
// "" where it is a local one. On a network the log of SQLite, which its readers
// and writers share in memory, is not the same for all (sqlite.org/wal.html).
func networkFS(path string) (string, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return "", pathError(path, err)
	}
	return networkName(uint32(st.Type)), nil //nolint:gosec // a magic number has 32 bits, whatever the type
}

// networkName knows network file systems by their magic numbers (statfs(2)).
func networkName(magic uint32) string {
	return map[uint32]string{
		unix.NFS_SUPER_MAGIC: "NFS", unix.SMB_SUPER_MAGIC: "SMB", unix.SMB2_SUPER_MAGIC: "SMB", unix.CIFS_SUPER_MAGIC: "SMB",
		unix.AFS_SUPER_MAGIC: "AFS", unix.AFS_FS_MAGIC: "AFS", unix.CODA_SUPER_MAGIC: "Coda", unix.NCP_SUPER_MAGIC: "NCP",
		unix.CEPH_SUPER_MAGIC: "Ceph", unix.V9FS_MAGIC: "9P", unix.OCFS2_SUPER_MAGIC: "OCFS2",
		0x01161970: "GFS2", 0x0bd00bd0: "Lustre", 0x47504653: "GPFS",
	}[magic]
}
