using System.Text.Json.Serialization;

namespace Xopc.Cli.Hosting;

/// <summary>Content of the lock file: who holds the gateway of this configuration.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="CreatedAt">When the lock was taken.</param>
/// <param name="ConfigPath">The configuration file, canonical.</param>
/// <param name="StartTime">Start of the process (<see cref="ProcessIdentity"/>), so that a reused id is not mistaken for the owner.</param>
/// <param name="Url">Where it listens; null until it does.</param>
/// <param name="Role"><c>edge</c> for an edge of a bundle; null for a whole gateway.</param>
internal sealed record LockOwner(int Pid, DateTimeOffset CreatedAt, string ConfigPath, long? StartTime, string? Url, string? Role = null)
{
    public const string EdgeRole = "edge";

    /// <summary>False when the process is gone, or its id belongs to another one now.</summary>
    [JsonIgnore]
    public bool IsAlive => ProcessIdentity.StartTimeOf(Pid) is { } started && (StartTime is null || StartTime == started);
}
