using Xopc.Configuration;

namespace Xopc.Cli.Hosting;

/// <summary>The configuration as a command finds it.</summary>
internal sealed record Configured(StatePaths Paths, XopcConfig Config)
{
    public static Configured Load(Func<string, string?> environment) => throw new NotImplementedException();
}
