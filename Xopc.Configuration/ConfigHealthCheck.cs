using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Xopc.Configuration;

/// <summary>
/// Which configuration this process runs, by its hash; degraded when that is not what the file says. The description begins with the hash, so that the
/// processes of an installation can be compared. No value is in it.
/// </summary>
public sealed class ConfigHealthCheck(ConfigStore store) : IHealthCheck
{
    public const string Name = "configuration";

    /// <summary>Enough to tell two configurations apart, short enough to read out.</summary>
    private const int ShownHash = 12;

    // The last look at the file: reading a megabyte for every probe would be a way to keep a disk busy.
    private volatile Looked? _looked;

    private sealed record Looked(FileStamp Stamp, string? Hash);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        var runs = Short(store.Hash);
        if (store.LastError is { } rejected)
        {
            var first = rejected.Errors[0];
            return HealthCheckResult.Degraded($"{runs} runs; the file is rejected: {(first.Path.Length == 0 ? "it" : first.Path)} {first.Problem}");
        }

        if (HashOnDisk() is var disk && disk != store.Hash)
        {
            return HealthCheckResult.Degraded($"{runs} runs; the file is {(disk is null ? "not readable" : Short(disk))} and not applied yet");
        }

        var waiting = store.PendingRestart;
        return HealthCheckResult.Healthy(waiting.Count == 0 ? runs : $"{runs}; {waiting.Count} changed since the start and wait for a restart");
    }

    private string? HashOnDisk()
    {
        var stamp = FileStamp.Of(store.File.Path);
        if (_looked is { } looked && looked.Stamp == stamp)
        {
            return looked.Hash;
        }

        string? hash;
        try
        {
            hash = store.File.ReadDocument().Hash;
        }
        catch (ConfigException)
        {
            hash = null;
        }

        _looked = new Looked(stamp, hash);
        return hash;
    }

    private static string Short(string hash) => hash[..ShownHash];
}
