using Xopc.Configuration;

namespace Xopc.Cli.Hosting;

/// <summary>The configuration as a command finds it.</summary>
internal sealed record Configured(StatePaths Paths, XopcConfig Config)
{
    /// <exception cref="ConfigException">It cannot be used.</exception>
    public static Configured Load(Func<string, string?> environment, TimeProvider clock)
    {
        var paths = StatePaths.Resolve(environment);
        return new Configured(paths, new ConfigFile(paths.ConfigFile, environment, clock).Load().Config);
    }
}
