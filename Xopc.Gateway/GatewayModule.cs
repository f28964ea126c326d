using Microsoft.Extensions.Hosting;

namespace Xopc.Gateway;

/// <summary>The module of Xopc.Gateway.</summary>
public static class GatewayModule
{
    public static TBuilder AddGateway<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder => builder;

    public static WebApplication MapGateway(this WebApplication app) => app;
}
