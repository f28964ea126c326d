using System.Runtime.InteropServices;
using System.Text;

namespace Xopc.Configuration;

/// <summary>Makes the names in a directory survive a power cut: a rename is only as durable as the directory it happened in.</summary>
public static class DirectorySync
{
    /// <summary>Syncs the directory to the disk; nothing to do on Windows, whose journal does it.</summary>
    /// <exception cref="IOException">It cannot be opened or synced.</exception>
    public static void Sync(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // .NET opens no directories.
        var descriptor = Open(Encoding.UTF8.GetBytes(directory + '\0'), 0);
        if (descriptor < 0)
        {
            throw new IOException($"The directory {directory} cannot be opened for syncing (errno {Marshal.GetLastPInvokeError()}).");
        }

        try
        {
            const int NotSupported = 22; // EINVAL: this file system has nothing to sync for a directory
            if (FSync(descriptor) != 0 && Marshal.GetLastPInvokeError() is not NotSupported and var error)
            {
                throw new IOException($"The directory {directory} cannot be synced (errno {error}).");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
