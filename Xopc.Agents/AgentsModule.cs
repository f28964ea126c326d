namespace Xopc.Agents;

/// <summary>Sessions, turns, runs, models, events: the agent and session API.</summary>
public static class AgentsModule
{
    public static TBuilder AddAgents<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder => builder;

    public static WebApplication MapAgents(this WebApplication app) => app;
}
