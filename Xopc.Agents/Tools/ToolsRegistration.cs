using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Xopc.Agents.Tools;

/// <summary>Registers the tools of agents.</summary>
internal static class ToolsRegistration
{
    public static IHostApplicationBuilder AddTools(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ToolSets>();
        return builder;
    }
}
