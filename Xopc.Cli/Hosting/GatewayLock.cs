using System.Text.Json;
using Xopc.Configuration;

namespace Xopc.Cli.Hosting;

/// <summary>
/// One gateway per configuration. The right is an exclusive lock of the operating system on <c>gateway.{hash}.held</c>: it ends with the process that has
/// it, however that ends, so there is nothing to judge stale. Who has it stands in <c>gateway.{hash}.lock</c>, a file of its own because one that is
/// locked exclusively cannot be read on Windows.
/// </summary>
internal sealed class GatewayLock : IDisposable
{
    private readonly FileStream _held;
    private readonly string _contentFile;
    private LockOwner _owner;

    private GatewayLock(FileStream held, string contentFile, LockOwner owner) => (_held, _contentFile, _owner) = (held, contentFile, owner);

    /// <summary>Takes the lock, or answers null when another process has it.</summary>
    /// <exception cref="IOException">The directory cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory cannot be written.</exception>
    public static GatewayLock? TryAcquire(StatePaths paths, TimeProvider clock)
    {
        var canonical = CanonicalPath.Of(paths.ConfigFile);
        var contentFile = paths.GatewayLockFile;
        Directory.CreateDirectory(paths.LocksDirectory);

        FileStream held;
        try
        {
            held = new FileStream(Path.ChangeExtension(contentFile, ".held"), Private(FileMode.OpenOrCreate));
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return null;
        }

        try
        {
            var owner = new LockOwner(Environment.ProcessId, clock.GetUtcNow(), canonical, ProcessIdentity.StartTimeOf(Environment.ProcessId), Url: null);
            Write(contentFile, owner);
            return new GatewayLock(held, contentFile, owner);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The living process that has the lock, or null: nobody, or its content is not written yet, or not readable as one.</summary>
    public static LockOwner? FindOwner(StatePaths paths)
    {
        try
        {
            var content = File.ReadAllBytes(paths.GatewayLockFile);
            return JsonSerializer.Deserialize(content, CliJson.Default.LockOwner) is { IsAlive: true } owner ? owner : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Adds where the gateway listens, for whoever finds the lock taken and for the client commands.</summary>
    public void Announce(string url) => Write(_contentFile, _owner = _owner with { Url = url });

    public void Dispose()
    {
        try
        {
            File.Delete(_contentFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What stays behind names a process that is gone, and is read as such.
        }

        _held.Dispose();
    }

    // EWOULDBLOCK of flock, or a sharing violation. Anything else (read-only file system, missing directory) is an error to report.
    internal static bool IsHeldByAnother(IOException e) =>
        e.GetType() == typeof(IOException) && (OperatingSystem.IsWindows() ? (e.HResult & 0xffff) is 32 or 33 : e.HResult is 11 or 35);

    // The lock itself is held by the system; the content only tells others who holds it. A full disk must not keep the gateway from starting and saying so.
    private static void Write(string file, LockOwner owner)
    {
        var next = file + ".tmp";
        try
        {
            using (var stream = new FileStream(next, Private(FileMode.Create)))
            {
                JsonSerializer.Serialize(stream, owner, CliJson.Default.LockOwner);
            }

            File.Move(next, file, overwrite: true);
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            File.Delete(next);
        }
    }

    // ENOSPC or ERROR_DISK_FULL, or an empty file where the flush of a buffer failed.
    private static bool IsDiskFull(IOException e) => OperatingSystem.IsWindows() ? (e.HResult & 0xffff) is 39 or 112 : e.HResult is 28;

    internal static FileStreamOptions Private(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
