using System.Diagnostics;

namespace Xopc.Storage.Tests.Sqlite;

/// <summary>A file system of a few megabytes of its own. Needs root on Linux; elsewhere the test is skipped and says so.</summary>
internal sealed class SmallDisk : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("xopc-disk-").FullName;

    public static async Task<SmallDisk> MountAsync(string size, CancellationToken cancellationToken)
    {
        var disk = new SmallDisk();
        var mounted = OperatingSystem.IsLinux() && Environment.UserName == "root"
            && await RunAsync("mount", ["-t", "tmpfs", "-o", $"size={size}", "tmpfs", disk.Path], cancellationToken) == 0;
        if (!mounted)
        {
            Directory.Delete(disk.Path);
            Assert.Skip("Mounting a small file system needs root on Linux.");
        }

        return disk;
    }

    public Task MakeReadOnlyAsync(CancellationToken cancellationToken) => RunAsync("mount", ["-o", "remount,ro", Path], cancellationToken);

    /// <summary>Writes until nothing more fits.</summary>
    public static async Task FillAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                await stream.WriteAsync(new byte[4096], cancellationToken);
            }
        }
        catch (IOException)
        {
            // Full: what this is for.
        }
    }

    public void Dispose()
    {
        // Lazily: a connection that a failed test left open must not leave the mount behind.
        using var unmount = Process.Start("umount", ["-l", Path]);
        unmount.WaitForExit();
        Directory.Delete(Path);
    }

    private static async Task<int> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }
}
