using Xopc.Configuration;
using Xopc.Gateway;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Redis;

return await ServiceProgram.RunAsync(args, async builder =>
{
    builder.AddXopcConfiguration();
    builder.AddServiceDefaults("xopc-gateway", builder.StartupPaths().LogsDirectory);
    if (!string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString("redis")))
    {
        builder.AddXopcRedis("redis");
    }
    builder.AddGateway(edge => edge.Proxy = true);

    var app = builder.Build();
    app.UseXopcEdge();
    app.MapGateway();
    await app.RunAsync();
});
