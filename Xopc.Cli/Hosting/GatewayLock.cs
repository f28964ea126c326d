using System.Text.Json;
using Xopc.Configuration;

namespace Xopc.Cli.Hosting;

/// <summary>
/// One gateway per configuration. The right is an exclusive lock of the operating system on <c>gateway.{hash}.held</c>: it ends with the process that has
/// it, however that ends, so there is nothing to judge stale. Who has it stands in <c>gateway.{hash}.lock</c>, a file of its own because one that is
/// locked exclusively cannot be read on Windows. Edges of a bundle may be several: the first has this lock, each further one <c>gateway.{hash}.{port}</c>.
/// </summary>
internal sealed class GatewayLock : IDisposable
{
    private readonly FileStream _held;
    private readonly string _contentFile;
    private LockOwner _owner;

    private GatewayLock(FileStream held, string contentFile, LockOwner owner) => (_held, _contentFile, _owner) = (held, contentFile, owner);

    /// <summary>Takes the lock, or answers null when another process has it.</summary>
    /// <param name="edgePort">Of an edge of a bundle, its port; null for a whole gateway, which stands beside nobody.</param>
    /// <exception cref="IOException">The directory cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory cannot be written.</exception>
    public static GatewayLock? TryAcquire(StatePaths paths, TimeProvider clock, int? edgePort = null)
    {
        Directory.CreateDirectory(paths.LocksDirectory);
        var first = TryHold(paths, paths.GatewayLockFile, clock, edgePort);
        if (edgePort is { } port)
        {
            return first ?? (OwnerIn(paths.GatewayLockFile) is { Role: LockOwner.EdgeRole } ? TryHold(paths, FileOfEdge(paths, port), clock, edgePort) : null);
        }

        if (first is not null && FurtherEdges(paths).Any())
        {
            first.Dispose();
            return null;
        }

        return first;
    }

    /// <summary>
    /// The living process that has the lock, or a further edge where the first has gone; null: nobody, or its content is not written yet, or not readable as one.
    /// </summary>
    public static LockOwner? FindOwner(StatePaths paths) => OwnerIn(paths.GatewayLockFile) ?? FurtherEdges(paths).FirstOrDefault();

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

    private static string FileOfEdge(StatePaths paths, int port) => Path.ChangeExtension(paths.GatewayLockFile, $"{port}.lock");

    private static IEnumerable<LockOwner> FurtherEdges(StatePaths paths) =>
        Directory.Exists(paths.LocksDirectory)
            ? Directory.EnumerateFiles(paths.LocksDirectory, Path.GetFileNameWithoutExtension(paths.GatewayLockFile) + ".*.lock").Order(StringComparer.Ordinal).Select(OwnerIn).OfType<LockOwner>()
            : [];

    private static LockOwner? OwnerIn(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), CliJson.Default.LockOwner) is { IsAlive: true } owner ? owner : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static GatewayLock? TryHold(StatePaths paths, string contentFile, TimeProvider clock, int? edgePort)
    {
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
            var owner = new LockOwner(
                Environment.ProcessId, clock.GetUtcNow(), CanonicalPath.Of(paths.ConfigFile), ProcessIdentity.StartTimeOf(Environment.ProcessId), Url: null,
                edgePort is null ? null : LockOwner.EdgeRole);
            Write(contentFile, owner);
            return new GatewayLock(held, contentFile, owner);
        }
        catch
        {
            held.Dispose();
            throw;
        }
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
