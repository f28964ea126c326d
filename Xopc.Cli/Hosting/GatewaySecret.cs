namespace Xopc.Cli.Hosting;

internal static class GatewaySecret
{
    public static string? Find(Configured configured) => configured.Config.Gateway.Auth.Token;
}
