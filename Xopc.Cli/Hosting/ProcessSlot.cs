using System.Security.Cryptography;
using System.Text;
using Xopc.Configuration;

namespace Xopc.Cli.Hosting;

/// <summary>
/// The place of this process among those of its role on this machine: the first free one, held by an exclusive lock of the operating system on
/// <c>locks/{role}.{n}.held</c>. The streams know a process by it: whoever comes after a killed process gets its place, its name, and with it at once what
/// it had read and not acknowledged, which under a new name would lie until others may claim it.
/// </summary>
internal sealed class ProcessSlot : IDisposable
{
    // More processes of one role than any machine should run; beyond them somebody counts wrongly.
    private const int Places = 64;

    private readonly FileStream _held;

    private ProcessSlot(FileStream held, string name) => (_held, Name) = (held, name);

    /// <summary>For example <c>myhost-3fa9c1-agents-1</c>; the hexadecimal part tells installations apart that share a machine and a Redis.</summary>
    public string Name { get; }

    /// <exception cref="IOException">The directory cannot be used, or all places are taken.</exception>
    public static ProcessSlot Take(StatePaths paths, ServiceRole role)
    {
        var place = role.ToString().ToLowerInvariant();
        var installation = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalPath.Of(paths.StateDirectory))))[..6];
        Directory.CreateDirectory(paths.LocksDirectory);
        for (var number = 1; number <= Places; number++)
        {
            try
            {
                var held = new FileStream(Path.Combine(paths.LocksDirectory, $"{place}.{number}.held"), GatewayLock.Private(FileMode.OpenOrCreate));
                return new ProcessSlot(held, $"{Environment.MachineName}-{installation}-{place}-{number}");
            }
            catch (IOException e) when (GatewayLock.IsHeldByAnother(e))
            {
                // Its owner lives; the next one.
            }
        }

        throw new IOException($"{Places} processes of the role {place} run here already.");
    }

    public void Dispose() => _held.Dispose();
}
